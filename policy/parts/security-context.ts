import type { ContainerRule } from '../control';
import { isRecord, podSpecOf, type KubernetesObject } from '../objects';
import { containersIn } from './containers';

/** CEL: the pod is one for Windows, where the API server refuses the fields that Linux alone has. */
export const ON_WINDOWS = "variables.podSpec.?os.?name.orValue('') == 'windows'";
/** CEL: the pod has a user namespace of its own, in which root is not root on the node. */
export const IN_USER_NAMESPACE = '!variables.podSpec.?hostUsers.orValue(true)';
/** CEL: the pod's own security context. */
export const POD_CONTEXT = 'variables.podSpec.?securityContext';

/**
 * The CEL of a rule that the security context of the pod and that of each container meet by themselves.
 * @param ok CEL over a security context: true when it is as it must be
 * @param found CEL over a security context: what was found, as text that follows "the pod" or the container's name
 */
export function eachSecurityContext(
  ok: (context: string) => string,
  found: (context: string) => string,
): ContainerRule {
  const containers = 'variables.containers';
  const context = 'c.?securityContext';
  const guilty = `${containers}.filter(c, !(${ok(context)}))`;
  const name = "c.?name.orValue('without a name')";
  const both = (pod: string, other: string): string =>
    `(((${ok(POD_CONTEXT)}) ? [] : [${pod}]) + ${guilty}.map(c, ${other}))`;
  const [podFound, otherFound] = [found(POD_CONTEXT), found(context)];
  return {
    expression: `(${ok(POD_CONTEXT)}) && ${containers}.all(c, ${ok(context)})`,
    message: `${both(`'the pod ' + ${podFound}`, `'container ' + ${name} + ' ' + ${otherFound}`)}.join(', ')`,
    culprits: both(
      `{'container': dyn(''), 'found': dyn(${podFound})}`,
      `{'container': dyn(${name}), 'found': dyn(${otherFound})}`,
    ),
  };
}

type Fields = Record<string, unknown>;

/** The security contexts that there are in an object: of the pod and of its containers. */
export function securityContextsIn(object: KubernetesObject): Fields[] {
  return [podSpecOf(object), ...containersIn(object)]
    .map(({ securityContext }) => securityContext)
    .filter(isRecord);
}

/** A text; empty where it is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The texts of a list; none where there is no list. */
export function textsIn(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}
