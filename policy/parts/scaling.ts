import { groupOf, isRecord, type KubernetesObject } from '../objects';
import { object, workload } from '../samples';
import { namespaceOf, type Stack } from '../stack';

type Fields = Readonly<Record<string, unknown>>;

/** The spec of an object; an empty one where it has none. */
export function specOf({ spec }: KubernetesObject): Fields {
  return isRecord(spec) ? spec : {};
}

/** A number of the API; NaN where it is not known yet, so that nothing is said of it: compare with `<` and `>`. */
export function numberOf(value: unknown, otherwise?: number): number {
  return typeof (value ?? otherwise) === 'number' ? Number(value ?? otherwise) : NaN;
}

/** The autoscaler of a workload, if the stack has one. */
export function autoscalerOf(stack: Stack, target: KubernetesObject): KubernetesObject | undefined {
  return stack
    .in(namespaceOf(target), 'horizontalPodAutoscaler')
    .find((each) => isTarget(specOf(each).scaleTargetRef, target));
}

/** The numbers of replicas that a workload may have: its own, or those between its autoscaler's bounds. */
export function replicasOf(stack: Stack, target: KubernetesObject): { fewest: number; most: number } {
  const autoscaler = autoscalerOf(stack, target);
  if (!autoscaler) {
    const replicas = numberOf(specOf(target).replicas, 1);
    return { fewest: replicas, most: replicas };
  }
  const { minReplicas, maxReplicas } = specOf(autoscaler);
  return { fewest: numberOf(minReplicas, 1), most: numberOf(maxReplicas) };
}

/** Whether a reference by kind and name names this object; both are in one namespace. */
export function isTarget(reference: unknown, { apiVersion, kind, metadata }: KubernetesObject): boolean {
  if (!isRecord(reference) || reference.kind !== kind || reference.name !== metadata?.name) return false;
  return typeof reference.apiVersion !== 'string' || groupOf(reference.apiVersion) === groupOf(apiVersion);
}

/** A sample of a workload with a number of replicas, or without one. */
export function replicated(replicas?: number, kind = 'Deployment', spec: Fields = {}): KubernetesObject {
  const base = workload(kind, spec);
  return replicas === undefined ? base : { ...base, spec: { ...specOf(base), replicas } };
}

/** A sample of a budget for the pods of {@link replicated}. */
export function budget(fields: Fields): KubernetesObject {
  const selector = { matchLabels: { 'app.kubernetes.io/name': 'sample' } };
  return object('policy/v1', 'PodDisruptionBudget', { spec: { selector, ...fields } });
}

/** A sample of an autoscaler for {@link replicated}. */
export function autoscaler(fields: Fields): KubernetesObject {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'sample' };
  return object('autoscaling/v2', 'HorizontalPodAutoscaler', { spec: { scaleTargetRef, ...fields } });
}
