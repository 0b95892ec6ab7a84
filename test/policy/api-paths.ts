import { KIND_BY_KEY } from '../../policy/kinds';
import { groupOf, isClusterScoped, type KubernetesObject } from '../../policy/objects';

/** Where the API has objects. */

/** The plural of a kind. */
export function resourceOf(group: string, kind: string): string {
  const known = KIND_BY_KEY.get(`${group}/${kind}`);
  return known ? known.resource : `${kind.toLowerCase()}s`;
}

/** Whether a kind takes a namespace; those that are not known do. */
export function isNamespacedKind(group: string, kind: string): boolean {
  if (group === 'constraints.gatekeeper.sh') return false;
  return KIND_BY_KEY.get(`${group}/${kind}`)?.namespaced ?? true;
}

/** Namespace of an object; "default" where a namespaced one has none, "" where its kind has none. */
export function namespaceOf(object: KubernetesObject): string {
  const { apiVersion, kind, metadata } = object;
  if (isClusterScoped(object) || !isNamespacedKind(groupOf(apiVersion), kind)) return '';
  const known = KIND_BY_KEY.get(`${groupOf(apiVersion)}/${kind}`);
  if (known && !known.namespaced) return '';
  return typeof metadata?.namespace === 'string' && metadata.namespace !== ''
    ? metadata.namespace
    : 'default';
}

const IRREGULAR: Readonly<Record<string, string>> = {
  CustomResourceDefinition: 'customresourcedefinitions',
  NetworkPolicy: 'networkpolicies',
  StorageClass: 'storageclasses',
  PriorityClass: 'priorityclasses',
  IngressClass: 'ingressclasses',
  Endpoints: 'endpoints',
};

/** The path that objects of its kind are created at, in its namespace. */
export function pathOf(object: KubernetesObject): string {
  const { apiVersion, kind } = object;
  const resource = IRREGULAR[kind] ?? resourceOf(groupOf(apiVersion), kind);
  const namespace = namespaceOf(object);
  const place = namespace === '' ? '' : `/namespaces/${namespace}`;
  return `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}${place}/${resource}`;
}
