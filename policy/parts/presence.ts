import type { Finding } from '../control';
import { groupOf, type KubernetesObject } from '../objects';
import type { Stack } from '../stack';

/** Stands for the stack as a whole, in findings of what it lacks. */
const STACK: KubernetesObject = { apiVersion: 'v1', kind: 'Stack', metadata: { name: 'platform' } };

/** One finding unless the stack has an object of one of these kinds, each as `group/Kind`. */
export function lacksAll(stack: Stack, kinds: unknown, found: string): Finding[] {
  const wanted = new Set(kinds as string[]);
  const has = stack.objects.some(({ apiVersion, kind }) => wanted.has(`${groupOf(apiVersion)}/${kind}`));
  return has ? [] : [{ object: STACK, found }];
}
