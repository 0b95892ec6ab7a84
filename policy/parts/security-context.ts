import type { ObjectControl } from '../control';
import { CONTAINER_LISTS, containersOf, isRecord, podSpecOf, type KubernetesObject } from '../objects';

/** CEL: the pod is one for Windows, where the API server refuses the fields that Linux alone has. */
export const ON_WINDOWS = "variables.podSpec.?os.?name.orValue('') == 'windows'";
/** CEL: the pod has a user namespace of its own, in which root is not root on the node. */
export const IN_USER_NAMESPACE = '!variables.podSpec.?hostUsers.orValue(true)';
/** CEL: the pod's own security context. */
export const POD_CONTEXT = 'variables.podSpec.?securityContext';

/**
 * Expression and message of a rule that the security context of the pod and that of each container meet by themselves.
 * @param ok CEL over a security context: true when it is as it must be
 * @param found CEL over a security context: what was found, as text that follows "the pod" or the container's name
 */
export function eachSecurityContext(
  ok: (context: string) => string,
  found: (context: string) => string,
): Pick<ObjectControl, 'expression' | 'message'> {
  const containers = 'variables.containers';
  const context = 'c.?securityContext';
  const pod = `((${ok(POD_CONTEXT)}) ? [] : ['the pod ' + ${found(POD_CONTEXT)}])`;
  const others =
    `${containers}.filter(c, !(${ok(context)}))` +
    `.map(c, 'container ' + c.?name.orValue('without a name') + ' ' + ${found(context)})`;
  return {
    expression: `(${ok(POD_CONTEXT)}) && ${containers}.all(c, ${ok(context)})`,
    message: `(${pod} + ${others}).join(', ')`,
  };
}

type Fields = Record<string, unknown>;

/** The containers of an object, of every list. */
export function containersIn(object: KubernetesObject): Fields[] {
  return containersOf(podSpecOf(object), CONTAINER_LISTS).filter(isRecord);
}

/** The security contexts that there are in an object: of the pod and of its containers. */
export function securityContextsIn(object: KubernetesObject): Fields[] {
  return [podSpecOf(object), ...containersIn(object)]
    .map(({ securityContext }) => securityContext)
    .filter(isRecord);
}

/** The field of a parent that holds other fields; an empty one is made where there is none. */
export function fieldsOf(parent: Fields, name: string): Fields {
  const there = parent[name];
  if (isRecord(there)) return there;
  const made: Fields = {};
  parent[name] = made;
  return made;
}

/** True where the API server would refuse the fields of Linux in the object's pods. */
export function isForWindows(object: KubernetesObject): boolean {
  const { os } = podSpecOf(object);
  return isRecord(os) && os.name === 'windows';
}

/** A text; empty where it is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The texts of a list; none where there is no list. */
export function textsIn(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}
