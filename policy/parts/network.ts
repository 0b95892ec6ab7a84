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

/**
 * CEL: a block of addresses is one of the parameter `cidrs`. One of no length is every address, whichever is written
 * before it.
 * @param block CEL of its text
 */
export function isWorld(block: string): string {
  const all = `(${block}.contains(':') ? '::/0' : '0.0.0.0/0')`;
  return `(${block}.matches('/0+$') ? ${all} : ${block}) in variables.params.cidrs`;
}
