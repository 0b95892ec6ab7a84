import { CONTROLS } from '../../policy/catalogue';
import { tell, type Outcome, type Told } from '../../policy/cli/outcome';
import { type Exemption, Exemptions } from '../../policy/exemption';
import { EXEMPTIONS } from '../../policy/exemptions';
import { Inventory } from '../../policy/inventory';
import { Judge, type Rules, type Violation } from '../../policy/judge';
import { mendObject } from '../../policy/mend';
import { isKubernetesObject, type KubernetesObject } from '../../policy/objects';
import { EXEMPTIONS_IN_USE, RENDERED_RELEASES } from '../../policy/own-policies';
import { RELEASE_TYPE } from '../../policy/release';
import { unneeded } from '../../policy/report';
import { Stack } from '../../policy/stack';
import { type Level, levelIn, manages, tuned } from '../../policy/settings';
import { policySettings, target } from '../../policy/target';
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
  const settings = policySettings(env);
  const { security = {} } = settings;
  const levelOf = (id: string): Level => levelIn(security, id);
  const exemptions = new Exemptions(EXEMPTIONS, { expired: security.expiredExemptions ?? 'refuse' });
  const rules: Rules = {
    controls: CONTROLS.map((control) => tuned(control, settings)),
    levelOf,
    configured: () => ({}),
    exemptions,
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
  if (inventory.isWhole) {
    const unused = exemptions.unused(objects, (component) => manages(settings, component));
    violations.push(...unused.map((each) => tell(unneededViolation(each, levelOf), { file: place })));
  }
  const controls = CONTROLS.filter(({ id }) => levelOf(id) !== 'disabled');
  return { controls, objects: makers.size, violations, exempted: judge.exempted };
}

/** The inputs of a resource as the engine would have them: what the level `remediate` mends is mended. */
export function mended(type: string, inputs: Record<string, unknown>, rules: Rules): Record<string, unknown> {
  const remedies = rules.controls.filter(({ id }) => rules.levelOf(id) === 'remediate');
  const isTyped = type.startsWith('kubernetes:') && type !== RELEASE_TYPE && isKubernetesObject(inputs);
  return remedies.length > 0 && isTyped ? mendObject(inputs, { ...rules, controls: remedies }).fixed : inputs;
}

function unneededViolation(exemption: Exemption, levelOf: (id: string) => Level): Violation {
  const { id, severity } = EXEMPTIONS_IN_USE;
  const { message, object } = unneeded(exemption);
  return {
    control: id,
    severity,
    level: levelOf(id) === 'advisory' ? 'advisory' : 'mandatory',
    message,
    object,
  };
}

function unrendered(name: string, reason: string, file: string, resource: string): Told {
  const { id, severity, remediation } = RENDERED_RELEASES;
  const message = `Release ${name} could not be rendered, so nothing in it was judged: ${reason}. ${remediation}`;
  return { control: id, severity, level: 'mandatory', file, resource, message };
}
