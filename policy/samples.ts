import type { Parameters, Sample } from './control';
import { POD_BEARING_KINDS, podSpecPath, type KubernetesObject } from './objects';

type Fields = Readonly<Record<string, unknown>>;

const LABELS = { 'app.kubernetes.io/name': 'sample' };

/** A sample of a control; parameters where they differ from the defaults. */
export function sample(title: string, object: KubernetesObject, parameters?: Parameters): Sample {
  return { title, object, ...(parameters ? { parameters } : {}) };
}

/** A container that the API server accepts. */
export function container(fields: Fields = {}): Fields {
  return { name: 'app', image: 'ghcr.io/example/app:1.0.0', ...fields };
}

/** A Pod with this spec; with one plain container unless the spec has others. */
export function pod(spec: Fields = {}, labels: Fields = LABELS): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'sample', namespace: 'samples', labels },
    spec: { containers: [container()], ...spec },
  };
}

/** A workload of this kind around a pod spec, as the API server accepts it. */
export function workload(kind: string, podSpec: Fields = {}, labels: Fields = LABELS): KubernetesObject {
  const group = POD_BEARING_KINDS.find((each) => each.endsWith(`/${kind}`))?.split('/')[0];
  const apiVersion = group ? `${group}/v1` : 'v1';
  const head = { apiVersion, kind };
  const path = podSpecPath(head);
  if (!path) throw new Error(`samples: ${kind} carries no pod spec`);
  const restartPolicy = group === 'batch' ? { restartPolicy: 'Never' } : {};
  const spec = { ...restartPolicy, containers: [container()], ...podSpec };
  const labelled = ['apps/', '/ReplicationController'].some((part) => `${group}/${kind}`.includes(part));
  const template = { metadata: { labels: LABELS }, spec };
  const wrapped = path
    .slice(0, -2)
    .reduceRight<Fields>((inner, field) => ({ [field]: inner }), { template });
  return { ...head, metadata: { name: 'sample', namespace: 'samples', labels }, ...wrapped, ...selector(kind) };
}
