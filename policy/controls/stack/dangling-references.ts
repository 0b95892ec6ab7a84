import type { Finding, StackControl } from '../../control';
import { isRecord, type KubernetesObject } from '../../objects';
import { specOf } from '../../parts/scaling';
import { hasOperatedPods, portsOf, service, serving, targetsOf } from '../../parts/services';
import { object, sample, workload } from '../../samples';
import { namespaceOf, podLabelsOf, selects, type Stack, SYSTEM_NAMESPACES } from '../../stack';

const PORTS = [{ port: 80, name: 'http' }];
const SELECTED = { matchLabels: { 'app.kubernetes.io/name': 'sample' } };
const OTHERS = { matchLabels: { app: 'other' } };
const policy = (podSelector: object): KubernetesObject =>
  object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector, policyTypes: ['Ingress'] } });
const ingress = (name: string, port: object = { number: 80 }): KubernetesObject =>
  object('networking.k8s.io/v1', 'Ingress', {
    spec: {
      rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port } } }] } }],
    },
  });
const monitor = (kind: string, selector: object, more: object = {}): KubernetesObject =>
  object('monitoring.coreos.com/v1', kind, { spec: { selector, endpoints: [{ port: 'http' }], ...more } });
const labelledService = {
  ...service(PORTS),
  metadata: { name: 'sample', namespace: 'samples', labels: SELECTED.matchLabels },
};

/** Labels of the Service of the API server, which the cluster makes in the namespace "default". */
const API_SERVER = { component: 'apiserver', provider: 'kubernetes' };

/** Of the Services that a StatefulSet has for each of its pods. */
const POD_NAME = 'statefulset.kubernetes.io/pod-name';
const onePod = (name: string): KubernetesObject =>
  service(PORTS, { selector: { ...SELECTED.matchLabels, [POD_NAME]: name } });

export const control: StackControl = {
  scope: 'stack',
  id: 'dangling-references',
  covers: ['STK-02'],
  title: 'No Service, Ingress, NetworkPolicy or monitor is for something that is not there',
  why: 'What selects nothing does nothing, and says so nowhere: a policy that protects no pod looks like one that does.',
  severity: 'medium',
  cis: [],
  remediation: 'Mend the selector or the name, or remove the object.',
  judge: (stack) => [
    ...stack.of('service').flatMap((each) => danglingService(stack, each)),
    ...stack.of('ingress').flatMap((each) => danglingBackends(stack, each)),
    ...stack.of('networkPolicy').flatMap((each) => danglingPolicy(stack, each)),
    ...stack.of('serviceMonitor', 'podMonitor').flatMap((each) => danglingMonitor(stack, each)),
  ],
  samples: {
    allowed: [
      sample('a Service of pods', [workload('Deployment'), service(PORTS)]),
      sample('a Service without a selector', [service(PORTS, { selector: undefined })]),
      sample('one pod of a StatefulSet', [workload('StatefulSet'), onePod('sample-0')]),
      sample('a name elsewhere', [service(PORTS, { type: 'ExternalName', externalName: 'example.com' })]),
      sample("pods of the cluster's own", [service(PORTS, {}, { namespace: 'kube-system' })]),
      sample('pods of an operator', [
        service(PORTS, { selector: { prometheus: 'main' } }),
        object('monitoring.coreos.com/v1', 'Prometheus'),
      ]),
      sample('an Ingress', [workload('Deployment'), service(PORTS), ingress('sample')]),
      sample('an Ingress by the name of a port', [
        workload('Deployment'),
        service(PORTS),
        ingress('sample', { name: 'http' }),
      ]),
      sample('a policy', [workload('Deployment'), policy(SELECTED)]),
      sample('a policy for every pod there may be', [policy({})]),
      sample('monitors', [
        serving([{ name: 'http', containerPort: 80 }]),
        labelledService,
        monitor('ServiceMonitor', SELECTED),
        monitor('PodMonitor', SELECTED),
      ]),
      sample('a monitor of another namespace', [
        workload('Deployment'),
        labelledService,
        {
          ...monitor('ServiceMonitor', SELECTED, { namespaceSelector: { matchNames: ['samples'] } }),
          metadata: { name: 'a', namespace: 'b' },
        },
      ]),
      sample('a monitor of the API server', [
        monitor(
          'ServiceMonitor',
          { matchLabels: { component: 'apiserver' } },
          { namespaceSelector: { matchNames: ['default'] } },
        ),
      ]),
    ],
    denied: [
      sample('a Service of no pods', [service(PORTS)]),
      sample('a Service of pods elsewhere', [
        workload('Deployment'),
        service(PORTS, {}, { namespace: 'other' }),
      ]),
      sample('one pod of another StatefulSet', [workload('StatefulSet'), onePod('other-0')]),
      sample('one pod of no StatefulSet', [workload('Deployment'), onePod('sample-0')]),
      sample('an Ingress to no Service', [ingress('sample')]),
      sample('an Ingress to no port', [
        workload('Deployment'),
        service(PORTS),
        ingress('sample', { number: 81 }),
      ]),
      sample('an Ingress by default to no Service', [
        object('networking.k8s.io/v1', 'Ingress', {
          spec: { defaultBackend: { service: { name: 'sample', port: { number: 80 } } } },
        }),
      ]),
      sample('a policy for no pods', [workload('Deployment'), policy(OTHERS)]),
      sample('a monitor of no Service', [monitor('ServiceMonitor', SELECTED)]),
      sample('a monitor of a Service elsewhere', [
        workload('Deployment'),
        labelledService,
        monitor('ServiceMonitor', SELECTED, { namespaceSelector: { matchNames: ['other'] } }),
      ]),
      sample('a monitor of no pods', [workload('Deployment'), monitor('PodMonitor', OTHERS)]),
    ],
  },
};

/** Whether the stack shows every pod of a namespace. */
function knowsPods(stack: Stack, namespace: string): boolean {
  return !SYSTEM_NAMESPACES.includes(namespace) && !hasOperatedPods(stack, namespace);
}

function danglingService(stack: Stack, each: KubernetesObject): Finding[] {
  if (!knowsPods(stack, namespaceOf(each)) || targetsOf(stack, each)?.length !== 0) return [];
  if (selectsOnePod(stack, each)) return [];
  return [{ object: each, found: 'its selector selects no pods of the stack' }];
}

/** Whether a Service is for one pod of a StatefulSet: the label with its name is given to the pod when it is made. */
function selectsOnePod(stack: Stack, each: KubernetesObject): boolean {
  const { [POD_NAME]: pod, ...matchLabels } = specOf(each).selector as Record<string, unknown>;
  return stack
    .workloads(namespaceOf(each))
    .filter(
      ({ kind, metadata }) => kind === 'StatefulSet' && String(pod).startsWith(`${String(metadata?.name)}-`),
    )
    .some((target) => selects({ matchLabels }, podLabelsOf(target)));
}

function danglingPolicy(stack: Stack, each: KubernetesObject): Finding[] {
  const { podSelector } = specOf(each);
  const namespace = namespaceOf(each);
  // An empty one is for whatever pods there will be.
  if (!isRecord(podSelector) || Object.keys(podSelector).length === 0 || !knowsPods(stack, namespace))
    return [];
  if (stack.workloads(namespace).some((target) => selects(podSelector, podLabelsOf(target)))) return [];
  return [{ object: each, found: 'its podSelector selects no pods of the stack' }];
}

function danglingBackends(stack: Stack, each: KubernetesObject): Finding[] {
  const { defaultBackend, rules } = specOf(each) as { defaultBackend?: unknown; rules?: unknown };
  const paths = portsOf(rules).flatMap(({ http }) =>
    portsOf((http as { paths?: unknown } | undefined)?.paths),
  );
  const backends = [defaultBackend, ...paths.map(({ backend }) => backend)].filter(isRecord);
  return backends.flatMap(({ service: to }) => {
    if (!isRecord(to)) return [];
    const found = stack.find('service', namespaceOf(each), String(to.name));
    const { name, number } = isRecord(to.port) ? to.port : {};
    const ports = found ? portsOf(specOf(found).ports) : [];
    if (ports.some((port) => (name === undefined ? port.port === number : port.name === name))) return [];
    const port = String(name ?? number);
    return [{ object: each, found: `its backend ${String(to.name)}, port ${port}, is not in the stack` }];
  });
}

function danglingMonitor(stack: Stack, each: KubernetesObject): Finding[] {
  const { namespaceSelector, selector } = specOf(each);
  const { any, matchNames } = isRecord(namespaceSelector) ? namespaceSelector : {};
  const asked =
    Array.isArray(matchNames) && matchNames.length > 0 ? matchNames.map(String) : [namespaceOf(each)];
  const namespaces = any === true ? stack.namespaces() : asked;
  const isPod = each.kind === 'PodMonitor';
  if (!namespaces.every((name) => (isPod ? knowsPods(stack, name) : !SYSTEM_NAMESPACES.includes(name))))
    return [];
  const found = namespaces.some((name) =>
    isPod
      ? stack.workloads(name).some((target) => selects(selector, podLabelsOf(target)))
      : labelsOfServices(stack, name).some((labels) => selects(selector, labels)),
  );
  return found
    ? []
    : [{ object: each, found: `its selector selects no ${isPod ? 'pods' : 'Service'} of the stack` }];
}

function labelsOfServices(stack: Stack, namespace: string): Record<string, unknown>[] {
  const own = stack.in(namespace, 'service').map(({ metadata }) => metadata?.labels);
  return [...own, ...(namespace === 'default' ? [API_SERVER] : [])].map((labels) =>
    isRecord(labels) ? labels : {},
  );
}
