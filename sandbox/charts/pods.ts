import {
  always,
  below,
  fromValues,
  parseCondition,
  splitPaths,
  type ImagePieces,
  type Setting,
} from './entry';
import type { ContainerFacts, Facts, Json, JsonObject, ObjectFacts } from './facts';

/** What a workload's builder gives back: its spec, and the fields of it that values decide. */
export interface Built {
  spec: JsonObject;
  set: Setting[];
}

/** Pod fields that charts take under the field's own name. */
const podFields = [
  'affinity',
  'automountServiceAccountToken',
  'nodeSelector',
  'priorityClassName',
  'terminationGracePeriodSeconds',
  'tolerations',
  'topologySpreadConstraints',
];

/**
 * The spec of a Deployment, StatefulSet, DaemonSet or Job.
 *
 * @param labels the pod's labels
 * @param selector the labels by which the workload finds its pods
 */
export function workloadSpec(
  kind: string,
  found: ObjectFacts,
  facts: Facts,
  at: string,
  labels: Record<string, string>,
  selector: Record<string, string>,
): Built {
  const pod = ['spec', 'template', 'spec'];
  const key = (name = '', ...names: string[]): string => found.keys[name] ?? below(at, name, ...names);
  const fields = podFields.map((field) => fromValues([...pod, field], key(field)));
  const set: Setting[] = [
    ...fields,
    fromValues([...pod, 'securityContext'], key(...facts.contexts.pod.split(' ')), facts.contexts.replace),
    fromValues(['spec', 'template', 'metadata', 'labels'], key('podLabels')),
    fromValues(['spec', 'template', 'metadata', 'annotations'], key('podAnnotations')),
    ...containerSettings(found.init, [...pod, 'initContainers'], facts, at),
    ...containerSettings(found.containers, [...pod, 'containers'], facts, at),
  ];
  const replicated = kind === 'Deployment' || kind === 'StatefulSet';
  if (replicated) {
    set.push(fromValues(['spec', 'replicas'], key('replicas', 'replicaCount')));
    const autoscaled = found.autoscaled;
    if (autoscaled) set.push({ to: ['spec', 'replicas'], remove: true, when: parseCondition(autoscaled) });
  }
  const spec: JsonObject = {
    ...(replicated && { replicas: found.replicas ?? 1 }),
    ...(kind === 'StatefulSet' && { serviceName: Object.values(selector)[0] ?? 'pods' }),
    ...(kind !== 'Job' && { selector: { matchLabels: selector } }),
    template: {
      metadata: {
        labels: { ...labels, ...selector, ...found.podLabels },
        annotations: found.podAnnotations ?? {},
      },
      spec: podSpec(kind, found, selector),
    },
    ...(Object.keys(found.claims).length > 0 && { volumeClaimTemplates: claims(found.claims) }),
  };
  return { spec, set };
}

function podSpec(kind: string, found: ObjectFacts, selector: Record<string, string>): JsonObject {
  const hostPaths = Object.entries(found.hostPaths).map(([text, when], index) => {
    const [path = '', readOnly] = text.split(':');
    const name = `host-${index}`;
    const guard: JsonObject = when === true ? {} : { when: parseCondition(when) as unknown as Json };
    const mount = {
      name,
      mountPath: path === '/' ? '/host/root' : `/host${path}`,
      ...(readOnly && { readOnly: true }),
    };
    return { volume: { name, hostPath: { path }, ...guard }, mount: { ...mount, ...guard } };
  });
  const mounts = hostPaths.map(({ mount }) => mount);
  const [first, ...others] = Object.entries(found.containers).map(([name, facts]) => container(name, facts));
  const init = Object.entries(found.init).map(([name, facts]) => container(name, facts));
  return {
    ...(found.account && { serviceAccountName: found.account }),
    ...(kind === 'Job' && { restartPolicy: 'OnFailure' }),
    ...(found.spread && { affinity: { podAntiAffinity: antiAffinity(found.spread, selector) } }),
    ...found.pod,
    ...(init.length > 0 && { initContainers: init }),
    containers: [{ ...first, ...(mounts.length > 0 && { volumeMounts: mounts }) }, ...others],
    ...(mounts.length > 0 && { volumes: hostPaths.map(({ volume }) => volume) }),
  };
}

/** Pods of one workload on different nodes: `soft` where possible, `hard` always. */
function antiAffinity(spread: 'soft' | 'hard', matchLabels: Record<string, string>): JsonObject {
  const term = { labelSelector: { matchLabels }, topologyKey: 'kubernetes.io/hostname' };
  if (spread === 'hard') return { requiredDuringSchedulingIgnoredDuringExecution: [term] };
  return { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] };
}

function container(name: string, facts: ContainerFacts): JsonObject {
  const ports = Object.entries(facts.ports).map(([port, text]) => containerPort(port, String(text)));
  return {
    name,
    image: facts.image.replace('|', '/'),
    ...(ports.length > 0 && { ports }),
    ...(facts.live && { livenessProbe: probe(facts.live) }),
    ...(facts.ready && { readinessProbe: probe(facts.ready) }),
    resources: facts.resources,
    ...(facts.security && { securityContext: facts.security }),
    ...(facts.when && { when: parseCondition(facts.when) as unknown as Json }),
  };
}

/** `8080`, `53/UDP`, and `9100 host` for a host port of the same number. */
function containerPort(name: string, text: string): JsonObject {
  const [, number = '', protocol = 'TCP', host] = /^(\d+)(?:\/(\w+))?( host)?$/.exec(text) ?? [];
  return { name, containerPort: Number(number), protocol, ...(host && { hostPort: Number(number) }) };
}

/** `/healthz 8080`, `/healthz https HTTPS`, `tcp 8080`, `exec` or `exec command`. */
function probe(text: string): JsonObject {
  const [what = '', port = '', scheme] = text.split(' ');
  const target = /^\d+$/.test(port) ? Number(port) : port;
  if (what === 'exec') return { exec: { command: [port || 'true'] } };
  if (what === 'tcp') return { tcpSocket: { port: target } };
  return { httpGet: { path: what, port: target, ...(scheme && { scheme }) } };
}

/** Volume claims of a StatefulSet: name to size, such as `data: 10Gi`. */
function claims(sizes: Record<string, string>): Json[] {
  return Object.entries(sizes).map(([name, storage]) => ({
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
  }));
}

function containerSettings(
  containers: Record<string, ContainerFacts>,
  list: string[],
  facts: Facts,
  workloadAt: string,
): Setting[] {
  return Object.values(containers).flatMap((found, index) => {
    const place = [...list, index];
    const at = found.at ?? workloadAt;
    return [
      fromValues([...place, 'resources'], below(at, 'resources')),
      fromValues(
        [...place, 'securityContext'],
        found.securityAt ?? below(at, ...facts.contexts.container.split(' ')),
        facts.contexts.replace,
      ),
      ...(found.live ? [patience(place, at, 'livenessProbe')] : []),
      ...(found.ready ? [patience(place, at, 'readinessProbe')] : []),
      imageSetting([...place, 'image'], found.image, found.imageAt ?? below(at, 'image'), facts.registryAt),
    ];
  });
}

/** How often a probe may fail, which charts take beside what it asks. */
function patience(container: (string | number)[], at: string, probe: string): Setting {
  return fromValues([...container, probe, 'failureThreshold'], below(at, `${probe}.failureThreshold`));
}

/** `registry|repository:tag`; without `|` the chart has no key of its own for the registry. */
function imageSetting(to: (string | number)[], image: string, at: string, registryAt: string): Setting {
  const [, registry = '', repository = '', tag = ''] =
    /^(?:([^|]*)\|)?(.*?)(?::([^:/]+))?$/.exec(image) ?? [];
  const pieces: ImagePieces = {
    registry: { from: splitPaths(`${registryAt} ${below(at, 'registry')}`), default: registry },
    repository: { from: splitPaths(below(at, 'repository')), default: repository },
    tag: { from: splitPaths(below(at, 'tag')), default: tag },
    digest: { from: splitPaths(below(at, 'digest')), default: '' },
  };
  return { to, image: pieces, when: always };
}
