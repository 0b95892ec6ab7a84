import { isRecord, podSpecOf, type KubernetesObject } from '../objects';
import { container, object, workload } from '../samples';
import { namespaceOf, podLabelsOf, selects, type Stack } from '../stack';
import { specOf } from './scaling';

/** Kinds of which an operator makes pods, with labels that are known to it alone. */
const OPERATED = [
  'Alertmanager',
  'Installation',
  'Kafka',
  'Prometheus',
  'PrometheusAgent',
  'Rollout',
  'ThanosRuler',
];

/** Whether pods of a namespace may be an operator's, so that the stack does not show all that a selector selects. */
export function hasOperatedPods(stack: Stack, namespace: string): boolean {
  return stack.objects.some(
    (each) => OPERATED.includes(each.kind) && ['', namespace].includes(namespaceOf(each)),
  );
}

/** The workloads that a Service sends requests to; undefined where it selects none by itself. */
export function targetsOf(stack: Stack, service: KubernetesObject): KubernetesObject[] | undefined {
  const { selector, type } = specOf(service);
  if (!isRecord(selector) || Object.keys(selector).length === 0 || type === 'ExternalName') return undefined;
  return stack
    .workloads(namespaceOf(service))
    .filter((each) => selects({ matchLabels: selector }, podLabelsOf(each)));
}

/** The ports of a Service, or of containers. */
export function portsOf(ports: unknown): Record<string, unknown>[] {
  return Array.isArray(ports) ? ports.filter(isRecord) : [];
}

/** The ports of the containers that stay as long as their pod, sidecars among them. */
export function containerPortsOf(target: KubernetesObject): Record<string, unknown>[] {
  const { containers, initContainers } = podSpecOf(target);
  const sidecars = portsOf(initContainers).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...portsOf(containers), ...sidecars].flatMap(({ ports }) => portsOf(ports));
}

/** A sample of a workload that listens. */
export function serving(ports: object[], kind = 'Deployment', name = 'sample'): KubernetesObject {
  const made = workload(kind, { containers: [container({ ports })] });
  return { ...made, metadata: { ...made.metadata, name } };
}

/** A sample of a Service for it. */
export function service(
  ports: object[],
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Readonly<Record<string, unknown>> = {},
): KubernetesObject {
  const selector = { 'app.kubernetes.io/name': 'sample' };
  return object('v1', 'Service', { metadata, spec: { selector, ports, ...spec } });
}
