import { CONTROLS } from '../../policy/catalogue';
import { tell, type Outcome, type Told } from '../../policy/cli/outcome';
import { RENDERED_RELEASES } from '../../policy/crossguard';
import { Exemptions } from '../../policy/exemption';
import { EXEMPTIONS } from '../../policy/exemptions';
import { Inventory } from '../../policy/inventory';
import { Judge, type Rules } from '../../policy/judge';
import { mendObject } from '../../policy/mend';
import { isKubernetesObject, type KubernetesObject } from '../../policy/objects';
import { RELEASE_TYPE } from '../../policy/release';
import { Stack } from '../../policy/stack';
import { levelsOf, target } from '../../policy/target';
import type { Recorded } from '../engine/construct';

/** Who asks the inventory, of which each policy asks for itself. */
const ASKER = 'sandbox';

/**
 * Judges what a program asked for as the pack judges it in the engine: typed resources, what releases render to, all
 * objects together, and the resources themselves; what the level `remediate` mends is mended first.
 * @param resources in the order in which they were asked for: what CRDs serve, later charts may ask for
 * @param env the stack's configuration as the engine hands it on, and what releases are rendered with (policy/target.ts)
 * @param place the file that is told to hold what is found
 */
export async function judgeProgram(
  resources: readonly Recorded[],
  env: NodeJS.ProcessEnv,
  place: string,
): Promise<Pick<Outcome, 'controls' | 'objects' | 'violations' | 'exempted'>> {
  const levelOf = levelsOf(
    CONTROLS.map(({ id }) => id),
    env,
  );
  const rules: Rules = {
    controls: CONTROLS,
    levelOf,
    configured: () => ({}),
    exemptions: new Exemptions(EXEMPTIONS),
  };
  const judge = new Judge(rules);
  const inventory = new Inventory(target(env));
  const providers = new Map(resources.map(({ urn, inputs }) => [urn, inputs]));
  const makers = new Map<KubernetesObject, string>();
  const asked: { type: string; urn: string; name: string; props: Record<string, unknown> }[] = [];
  const violations: Told[] = [];
  for (const { urn, type, name, inputs, provider, ...options } of resources.filter(({ custom }) => custom)) {
    const props = mended(type, inputs, rules);
    const args = { urn, type, name, props };
    asked.push(args);
    const resource = `${type.split(':').at(-1) ?? type} ${name}`;
    const { subjects, problem, chart } = await inventory.of(args, ASKER);
    for (const subject of subjects) {
      makers.set(subject.source, resource);
      violations.push(...judge.object(subject).map((each) => tell(each, { file: place, resource })));
    }
    if (problem) violations.push(unrendered(name, problem.message, place, resource));
    const { protect, ignoreChanges } = options;
    const known = providers.get(provider);
    const found = judge.resource({
      type,
      name,
      inputs: props,
      options: { protect, ignoreChanges },
      stack: urn.split('::')[0]?.split(':').at(-1) ?? '',
      ...(known ? { provider: known } : {}),
      ...(chart ? { chart } : {}),
    });
    violations.push(...found.map((each) => tell(each, { file: place, resource })));
  }
  const objects = inventory.objectsOf(asked);
  violations.push(...judge.stack(new Stack(objects)).map((each) => tell(each, { file: place })));
  const controls = CONTROLS.filter(({ id }) => levelOf(id) !== 'disabled');
  return { controls, objects: makers.size, violations, exempted: judge.exempted };
}

/** The inputs of a resource as the engine would have them: what the level `remediate` mends is mended. */
export function mended(type: string, inputs: Record<string, unknown>, rules: Rules): Record<string, unknown> {
  const remedies = rules.controls.filter(({ id }) => rules.levelOf(id) === 'remediate');
  const isTyped = type.startsWith('kubernetes:') && type !== RELEASE_TYPE && isKubernetesObject(inputs);
  return remedies.length > 0 && isTyped ? mendObject(inputs, { ...rules, controls: remedies }).fixed : inputs;
}

function unrendered(name: string, reason: string, file: string, resource: string): Told {
  const { id, severity, remediation } = RENDERED_RELEASES;
  const message = `Release ${name} could not be rendered, so nothing in it was judged: ${reason}. ${remediation}`;
  return { control: id, severity, level: 'mandatory', file, resource, message };
}
