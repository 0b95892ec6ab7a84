import type { KubernetesObject } from '../objects';
import { object } from '../samples';
import { podLabelsOf, type Stack } from '../stack';
import { namespaceObject } from './network';

/** The namespaces of the stack without these, and without those in which it runs nothing and which it did not declare. */
export function judgedNamespaces(stack: Stack, exempt: unknown): KubernetesObject[] {
  return stack
    .namespaces()
    .filter((name) => !(exempt as string[]).includes(name))
    .filter((name) => stack.find('namespace', '', name) ?? stack.workloads(name)[0])
    .map((name) => namespaceObject(stack, name));
}

/** The application that a workload belongs to, by the labels that charts give, else by its name. */
export function appOf(workload: KubernetesObject): string {
  const labels = { ...podLabelsOf(workload), ...(workload.metadata?.labels as object | undefined) };
  const { 'app.kubernetes.io/part-of': whole, 'app.kubernetes.io/instance': instance, release } = labels;
  return String(instance ?? release ?? whole ?? workload.metadata?.name);
}

/** A sample of a namespace with these labels. */
export function namespace(labels?: Readonly<Record<string, unknown>>, name = 'samples'): KubernetesObject {
  return object('v1', 'Namespace', { metadata: { name, ...(labels ? { labels } : { labels: undefined }) } });
}
