import { isRecord, type KubernetesObject } from '../objects';
import type { Stack } from '../stack';
import { calicoPolicy } from './calico-policy';
import { kubernetesPolicy } from './kubernetes-policy';
import type { Policy } from './traffic';

/** Every policy that acts on pods of a namespace: Kubernetes' own and Calico's, of the namespace and of the cluster. */
export function policiesIn(stack: Stack, name: string): Policy[] {
  const labels = stack.find('namespace', '', name)?.metadata?.labels;
  const namespace = { name, ...(isRecord(labels) ? { labels } : {}) };
  return [
    ...stack.in(name, 'networkPolicy').map(kubernetesPolicy),
    ...stack.of('calicoPolicies').flatMap((each) => calicoPolicy(each, namespace) ?? []),
  ];
}

/** The object of a namespace; a bare one where others make it. */
export function namespaceObject(stack: Stack, name: string): KubernetesObject {
  return stack.find('namespace', '', name) ?? { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}
