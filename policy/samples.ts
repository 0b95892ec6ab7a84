import type { Parameters, ProgramResource, Sample } from './control';
import { isClusterScoped, POD_BEARING_KINDS, podSpecPath, type KubernetesObject } from './objects';
import { RELEASE_TYPE } from './release';

type Fields = Readonly<Record<string, unknown>>;

const LABELS = { 'app.kubernetes.io/name': 'sample' };
const SELECTOR = { selector: { matchLabels: LABELS } };

/** What the API server demands of a workload beside its pod template. */
const REQUIRED_FIELDS: Readonly<Record<string, Fields>> = {
  ReplicaSet: SELECTOR,
  Deployment: SELECTOR,
  StatefulSet: SELECTOR,
  DaemonSet: SELECTOR,
  CronJob: { schedule: '0 3 * * *' },
};
const RESTART_POLICIES: Readonly<Record<string, string>> = { Job: 'Never', CronJob: 'Never' };

/** A sample of a control; parameters where they differ from the defaults. */
export function sample<T = KubernetesObject>(title: string, object: T, parameters?: Parameters): Sample<T> {
  return { title, object, ...(parameters ? { parameters } : {}) };
}

/** A container that the API server accepts. */
export function container(fields: Fields = {}): Fields {
  return { name: 'app', image: 'ghcr.io/example/app:1.0.0', ...fields };
}

/** A Pod with one plain container, unless the spec has others. */
export function pod(spec: Fields = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: metadata(), spec: podSpec(spec) };
}

/** An object of a kind that carries a pod template, with this pod spec in it, and this metadata of its pods. */
export function workload(kind: string, spec: Fields = {}, podMetadata: Fields = {}): KubernetesObject {
  const group = POD_BEARING_KINDS.find((each) => each.endsWith(`/${kind}`))?.split('/')[0];
  const head = { apiVersion: group ? `${group}/v1` : 'v1', kind };
  const path = podSpecPath(head);
  if (path?.at(-2) !== 'template') throw new Error(`samples: ${kind} carries no pod template`);
  const restartPolicy = RESTART_POLICIES[kind];
  const template = {
    metadata: { labels: LABELS, ...podMetadata },
    spec: podSpec({ ...(restartPolicy ? { restartPolicy } : {}), ...spec }),
  };
  const body = path.slice(0, -2).reduceRight<Fields>((inner, field) => ({ [field]: inner }), { template });
  const required = REQUIRED_FIELDS[kind];
  const full = required ? { ...body, spec: { ...required, ...(body.spec as Fields) } } : body;
  return { ...head, metadata: metadata(), ...full };
}

/** Any object, with a name and, unless it is cluster-scoped, a namespace. */
export function object(apiVersion: string, kind: string, fields: Fields = {}): KubernetesObject {
  const bare = { apiVersion, kind };
  const { namespace, ...clusterWide } = metadata();
  const named = isClusterScoped(bare) ? clusterWide : { ...clusterWide, namespace };
  return { ...bare, ...fields, metadata: { ...named, ...(fields.metadata as Fields | undefined) } };
}

/** A Helm release of the program, with inputs that nothing is wrong with but what is said. */
export function release(
  inputs: Fields = {},
  options: Partial<ProgramResource['options']> = {},
): ProgramResource {
  return {
    type: RELEASE_TYPE,
    name: 'sample',
    inputs: { chart: './charts/sample-1.0.0.tgz', name: 'sample', namespace: 'samples', ...inputs },
    options: { protect: false, ignoreChanges: [], ...options },
  };
}

/** The same object with these labels, or with none. */
export function labelled(object: KubernetesObject, labels?: Fields): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, labels } };
}

function podSpec(spec: Fields): Fields {
  return { containers: [container()], ...spec };
}

function metadata(): Fields {
  return { name: 'sample', namespace: 'samples', labels: LABELS };
}
