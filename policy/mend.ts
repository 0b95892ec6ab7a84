import { compile, type Judge } from './cel';
import type { ObjectControl } from './control';
import type { Rules } from './judge';
import { matches, type KubernetesObject } from './objects';
import { applyChanges, remediesFor } from './remedy';
import { Subject } from './subject';

/** Cures are few, and each is there for good, so that they end soon; that they do not disturb each other is tested. */
const MOST_ROUNDS = 5;

/** One control after the other, until none has anything to mend: some can act only on what another has mended. */
export function mendObject(
  object: KubernetesObject,
  rules: Rules,
): { fixed: KubernetesObject; cured: number } {
  const fixed = structuredClone(object);
  const cured = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const acted = cures(rules).filter(({ control, judge }) => {
      if (!matches(fixed, control.match)) return false;
      const configured = rules.configured(control.id);
      if (judge(new Subject(fixed), configured).kind !== 'denied') return false;
      if (['exempt', 'ending'].includes(rules.exemptions.standing(control.id, fixed).state)) return false;
      const changes = remediesFor(control, fixed, configured);
      applyChanges(fixed, changes);
      if (changes.length > 0) cured.add(control.id);
      return changes.length > 0;
    });
    if (acted.length === 0) break;
  }
  return { fixed, cured: cured.size };
}

const compiled = new WeakMap<Rules, { control: ObjectControl; judge: Judge }[]>();

function cures(rules: Rules): { control: ObjectControl; judge: Judge }[] {
  const known = compiled.get(rules);
  if (known) return known;
  const all = rules.controls.flatMap((control) =>
    control.scope === 'object' && control.fix && rules.levelOf(control.id) !== 'disabled'
      ? [{ control, judge: compile(control) }]
      : [],
  );
  compiled.set(rules, all);
  return all;
}
