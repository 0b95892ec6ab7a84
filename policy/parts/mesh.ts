import type { KubernetesObject } from '../objects';
import { namespaceOf, type Stack } from '../stack';
import { fieldsOf, isEmpty } from './kubernetes-policy';
import { labelsOf, nameOf } from './permissions';

/** The namespaces of a stack whose pods are in the mesh, by sidecars or by node proxies; without those named. */
export function meshNamespaces(stack: Stack, exempt: unknown): KubernetesObject[] {
  return stack
    .of('namespace')
    .filter((each) => !(exempt as string[]).includes(nameOf(each)))
    .filter((each) => {
      const labels = labelsOf(each);
      const revision = labels['istio.io/rev'];
      const injects = labels['istio-injection'] === 'enabled' || (revision !== undefined && revision !== '');
      return (
        (labels['istio-injection'] !== 'disabled' && injects) ||
        labels['istio.io/dataplane-mode'] === 'ambient'
      );
    });
}

/** Whether a policy of Istio's holds for every workload of its namespace. */
export function isNamespaceWide({ spec }: KubernetesObject): boolean {
  const { selector, targetRef, targetRefs } = fieldsOf(spec);
  const targets = Array.isArray(targetRefs) ? targetRefs.length : 0;
  return isEmpty(selector) && targetRef === undefined && targets === 0;
}

/** The policies of a kind that hold for a whole namespace, out of these, which are of it or of the whole mesh. */
export function holdingIn(
  policies: readonly KubernetesObject[],
  namespace: string,
  root: unknown,
): KubernetesObject[] {
  const places = [namespace, String(root)];
  return policies.filter((each) => isNamespaceWide(each) && places.includes(namespaceOf(each)));
}
