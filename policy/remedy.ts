import { parametersOf, type ObjectControl, type Parameters } from './control';
import type { Judge } from './cel';
import type { Exemptions } from './exemption';
import { isRecord, matches, type KubernetesObject } from './objects';
import { holdsUnknown, Subject } from './subject';
import { changesBetween, type Change } from './paths';

/** A mended copy of an object; undefined where the control has no cure of its own for it. */
export function fixedBy(
  control: ObjectControl,
  object: KubernetesObject,
  configured: Parameters = {},
): KubernetesObject | undefined {
  if (!control.fix) return undefined;
  const fixed = copyOf(object) as KubernetesObject;
  try {
    control.fix(fixed, parametersOf(control, configured));
    return fixed;
  } catch {
    // An object of a shape that the cure did not expect stays as it is, and its violation with it.
    return undefined;
  }
}

/**
 * What is to be changed in an object so that it keeps to a control; nothing where it does already, is not judged by it, is
 * exempt (one whose exemption is about to end holds still), or where the control has no cure.
 * @param judge the control, compiled
 */
export function cureOf(
  { control, judge }: { control: ObjectControl; judge: Judge },
  object: KubernetesObject,
  configured: Parameters,
  exemptions: Exemptions,
): Change[] {
  if (!matches(object, control.match)) return [];
  if (judge(new Subject(object), configured).kind !== 'denied') return [];
  if (['exempt', 'ending'].includes(exemptions.standing(control.id, object).state)) return [];
  return remediesFor(control, object, configured);
}

/** What a control's cure changes in an object; nothing where it has none, or would write what is not known yet. */
export function remediesFor(
  control: ObjectControl,
  object: KubernetesObject,
  configured: Parameters,
): Change[] {
  const fixed = fixedBy(control, object, configured);
  const changes = fixed ? changesBetween(object, fixed) : [];
  return changes.some(({ value }) => holdsUnknown(value)) ? [] : changes;
}

/** Makes these changes in place, and no other: what is beside them stays as it is, secrets and unknown values too. */
export function applyChanges(target: object, changes: readonly Change[]): void {
  for (const change of changes) {
    const above = change.path.slice(0, -1);
    const last = change.path.at(-1);
    if (last === undefined) continue;
    const parent = above.reduce<unknown>(
      (value, step) => (value as Record<string | number, unknown>)[step],
      target,
    ) as Record<string | number, unknown>;
    if ('value' in change) parent[last] = change.value;
    else Reflect.deleteProperty(parent, last);
  }
}

/** `structuredClone` takes no symbols, which stand for what is not known yet. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]));
}
