import { compile } from '../../policy/cel';
import { OBJECT_CONTROLS, RESOURCE_CONTROLS, STACK_CONTROLS } from '../../policy/catalogue';
import { parametersOf, type Control, type ProgramResource, type ResourceControl } from '../../policy/control';
import { judgeStack, RENDERED_RELEASES } from '../../policy/crossguard';
import type { Exemptions, Standing } from '../../policy/exemption';
import type { Contents, Inventory } from '../../policy/inventory';
import { describeObject, matches, type KubernetesObject } from '../../policy/objects';
import { RELEASE_TYPE } from '../../policy/release';
import { Stack } from '../../policy/stack';
import type { Construction, Recorded } from '../program/construct';

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

/**
 * Judges a whole stack from its program alone, as the policy pack does it in a preview: typed objects, what every
 * release renders to, and resources. No control is left out for its level.
 */
export async function assess(
  { stack, platform }: { stack: string; platform: Construction },
  inventory: Inventory,
  exemptions: Exemptions,
): Promise<Assessment> {
  const resources = platform.custom().filter(({ type }) => type.startsWith('kubernetes:'));
  const contents = new Map<Recorded, Contents>();
  // One after the other: what a chart renders to depends on the APIs that the releases before it serve.
  for (const resource of resources) contents.set(resource, await inventory.of(asked(resource), 'report'));
  const stackObjects = inventory.objectsOf(resources.map(asked));
  const program = resources.map((resource) => programResource(stack, platform, resource, contents));
  return {
    judged: [
      rendered(contents),
      ...judgeObjects([...contents.values()], exemptions),
      ...STACK_CONTROLS.map((control) => ({
        id: control.id,
        judged: stackObjects.length,
        findings: judgeStack(control, new Stack(stackObjects)).map(({ object, message }) => ({
          ...told(control, object, message),
          standing: exemptions.standing(control.id, object),
        })),
      })),
      ...RESOURCE_CONTROLS.map((control) => judgeResources(control, program)),
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

function judgeObjects(contents: readonly Contents[], exemptions: Exemptions): Judged[] {
  const subjects = contents.flatMap((each) => each.subjects);
  return OBJECT_CONTROLS.map((control) => {
    const judge = compile(control);
    const matching = subjects.filter(({ object }) => matches(object, control.match));
    const findings = matching.flatMap((subject): Finding[] => {
      const verdict = judge(subject);
      if (verdict.kind === 'allowed') return [];
      const standing = exemptions.standing(control.id, subject.object);
      return [{ ...told(control, subject.object, verdict.message), standing }];
    });
    return { id: control.id, judged: matching.length, findings };
  });
}

function judgeResources(control: ResourceControl, resources: readonly ProgramResource[]): Judged {
  const matching = resources.filter(({ type }) =>
    control.types.some((each) => each === type || (each === 'kubernetes:' && type.startsWith(each))),
  );
  const findings = matching.flatMap((resource): Finding[] => {
    const found = foundIn(control, resource);
    const object = `${resource.type.split(':').at(-1) ?? ''} ${resource.name}`;
    return found === undefined ? [] : [{ object, found, standing: { state: 'none' } }];
  });
  return { id: control.id, judged: matching.length, findings };
}

/** A control that throws is a finding of its own, never a pass. */
function foundIn(control: ResourceControl, resource: ProgramResource): string | undefined {
  try {
    return control.judge(resource, parametersOf(control));
  } catch (error) {
    return `the control could not be evaluated: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A message taken apart: it begins with the object's name and ends with the cure. */
function told(
  { remediation }: Pick<Control, 'remediation'>,
  object: KubernetesObject,
  message: string,
): Omit<Finding, 'standing'> {
  const name = describeObject(object);
  const start = message.startsWith(`${name}: `) ? name.length + 2 : 0;
  const end = message.endsWith(`. ${remediation}`) ? -remediation.length - 2 : undefined;
  return { object: name, found: message.slice(start, end) };
}

function programResource(
  stack: string,
  platform: Construction,
  { ignoreChanges, inputs, name, protect, provider, type, ...recorded }: Recorded,
  contents: ReadonlyMap<Recorded, Contents>,
): ProgramResource {
  const from = platform.resources.find(({ urn }) => urn === provider);
  const [, read] = [...contents].find(([{ urn }]) => urn === recorded.urn) ?? [];
  return {
    type,
    name,
    inputs,
    options: { protect, ignoreChanges },
    stack,
    ...(from ? { provider: from.inputs } : {}),
    ...(read?.chart ? { chart: read.chart } : {}),
  };
}
