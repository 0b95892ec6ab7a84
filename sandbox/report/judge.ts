import { CONTROLS } from '../../policy/catalogue';
import { compile } from '../../policy/cel';
import type { Control, ObjectControl, ProgramResource, ResourceControl } from '../../policy/control';
import type { Exemptions, Standing } from '../../policy/exemption';
import type { Contents, Inventory } from '../../policy/inventory';
import { isJudged, resourceFault } from '../../policy/judge';
import { describeObject, matches, type KubernetesObject } from '../../policy/objects';
import { RELEASE_TYPE } from '../../policy/release';
import { EXEMPTIONS_IN_USE, RENDERED_RELEASES } from '../../policy/own-policies';
import { judgeStack, unneeded } from '../../policy/report';
import { Stack } from '../../policy/stack';
import { levelIn, manages, type PolicySettings, tuned } from '../../policy/settings';
import type { Recorded } from '../engine/construct';
import { mended } from '../policy/judge';

/** What a control found of one object or resource. */
export interface Finding {
  /** Such as "Deployment shop/api". */
  object: string;
  /** What was found, with neither the object's name nor the cure. */
  found: string;
  standing: Standing;
}

/** What a control found of a stack. */
export interface Judged {
  id: string;
  /** Objects or resources that it looked at; of a control on the whole stack, all of its objects. */
  judged: number;
  findings: Finding[];
}

/** An object of a stack, and what brings it. */
export interface PlacedObject {
  object: KubernetesObject;
  /** Name of the Helm release that it is in; none where the program makes it itself. */
  release?: string;
}

export interface Assessment {
  /** By every control, in the catalogue's order, and by the policy that releases can be rendered. */
  judged: Judged[];
  objects: PlacedObject[];
  resources: number;
}

/** What a stack is judged by. */
export interface Bench {
  inventory: Inventory;
  exemptions: Exemptions;
  settings: PolicySettings;
}

/**
 * Judges a whole stack from its program alone, as the policy pack does it in a preview: typed objects, what every
 * release renders to, and resources. No control is left out for its level.
 * @param all the resources of the program, in the order in which it asked for them
 */
export async function assess(
  stack: string,
  all: readonly Recorded[],
  { exemptions, inventory, settings }: Bench,
): Promise<Assessment> {
  const controls = CONTROLS.map((control) => tuned(control, settings));
  const rules = {
    controls,
    levelOf: (id: string) => levelIn(settings.security ?? {}, id),
    configured: () => ({}),
    exemptions,
  };
  const resources = all
    .filter(({ custom, type }) => custom && type.startsWith('kubernetes:'))
    .map((resource) => ({ ...resource, inputs: mended(resource.type, resource.inputs, rules) }));
  const contents = new Map<Recorded, Contents>();
  // One after the other: what a chart renders to depends on the APIs that the releases before it serve.
  for (const resource of resources) contents.set(resource, await inventory.of(asked(resource), 'report'));
  const stackObjects = inventory.objectsOf(resources.map(asked));
  const whole = new Stack(stackObjects);
  const providers = new Map(all.map(({ inputs, urn }) => [urn, inputs]));
  const program = [...contents].map(([resource, { chart }]): ProgramResource => {
    const { ignoreChanges, inputs, name, protect, provider, type } = resource;
    const known = providers.get(provider);
    const more = { ...(known ? { provider: known } : {}), ...(chart ? { chart } : {}) };
    return { type, name, inputs, options: { protect, ignoreChanges }, stack, ...more };
  });
  return {
    judged: [
      rendered(contents),
      {
        id: EXEMPTIONS_IN_USE.id,
        judged: stackObjects.length,
        findings: exemptions
          .unused(stackObjects, (component) => inventory.isWhole && manages(settings, component))
          .map(unneeded)
          .map(({ found, object }) => ({
            object: describeObject(object),
            found,
            standing: { state: 'none' },
          })),
      },
      ...judgeObjects(inScope(controls, 'object'), [...contents.values()], exemptions),
      ...inScope(controls, 'stack').map((control) => ({
        id: control.id,
        judged: stackObjects.length,
        findings: judgeStack(control, whole).map(({ object, message }) => ({
          ...told(control, describeObject(object), message),
          standing: exemptions.standing(control.id, object),
        })),
      })),
      ...inScope(controls, 'resource').map((control) => judgeResources(control, program)),
    ],
    objects: resources.flatMap((resource) =>
      (contents.get(resource)?.subjects ?? []).map(({ object }) => ({
        object,
        ...(resource.type === RELEASE_TYPE ? { release: resource.name } : {}),
      })),
    ),
    resources: resources.length,
  };
}

function asked({ inputs, name, type, urn }: Recorded): Parameters<Inventory['of']>[0] {
  return { type, name, urn, props: inputs };
}

function rendered(contents: ReadonlyMap<Recorded, Contents>): Judged {
  const releases = [...contents].filter(([{ type }]) => type === RELEASE_TYPE);
  const findings = releases.flatMap(([{ name }, { problem }]): Finding[] =>
    problem ? [{ object: `Release ${name}`, found: problem.message, standing: { state: 'none' } }] : [],
  );
  return { id: RENDERED_RELEASES.id, judged: releases.length, findings };
}

function inScope<Scope extends Control['scope']>(
  controls: readonly Control[],
  scope: Scope,
): Extract<Control, { scope: Scope }>[] {
  return controls.filter((control): control is Extract<Control, { scope: Scope }> => control.scope === scope);
}

function judgeObjects(
  controls: readonly ObjectControl[],
  contents: readonly Contents[],
  exemptions: Exemptions,
): Judged[] {
  const subjects = contents.flatMap((each) => each.subjects);
  return controls.map((control) => {
    const judge = compile(control);
    const matching = subjects.filter(({ object }) => matches(object, control.match));
    const findings = matching.flatMap((subject): Finding[] => {
      const verdict = judge(subject);
      if (verdict.kind === 'allowed') return [];
      const standing = exemptions.standing(control.id, subject.object);
      return [{ ...told(control, describeObject(subject.object), verdict.message), standing }];
    });
    return { id: control.id, judged: matching.length, findings };
  });
}

function judgeResources(control: ResourceControl, resources: readonly ProgramResource[]): Judged {
  const matching = resources.filter(({ type }) => isJudged(type, control));
  const findings = matching.flatMap((resource): Finding[] => {
    const message = resourceFault(control, resource, {})?.message;
    const name = `${resource.type.split(':').at(-1) ?? ''} ${resource.name}`;
    return message === undefined ? [] : [{ ...told(control, name, message), standing: { state: 'none' } }];
  });
  return { id: control.id, judged: matching.length, findings };
}

/** A message taken apart: it begins with the object's name and ends with the cure. */
function told(
  { remediation }: Pick<Control, 'remediation'>,
  name: string,
  message: string,
): Omit<Finding, 'standing'> {
  const start = message.startsWith(`${name}: `) ? name.length + 2 : 0;
  const end = message.endsWith(`. ${remediation}`) ? -remediation.length - 2 : undefined;
  return { object: name, found: message.slice(start, end) };
}
