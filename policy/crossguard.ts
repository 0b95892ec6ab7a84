import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { ResourceValidationArgs, ResourceValidationPolicy, StackValidationPolicy } from '@pulumi/policy';
import { compile, type Judge } from './cel';
import {
  type Control,
  type ObjectControl,
  type Parameters,
  type ProgramResource,
  type ResourceControl,
  type StackControl,
} from './control';
import type { Exemptions } from './exemption';
import { reveal, type Inventory } from './inventory';
import { isJudged, resourceFault } from './judge';
import { isKubernetesObject, isRecord, matcher } from './objects';
import { RELEASE_TYPE } from './release';
import { applyChanges, cureOf } from './remedy';
import { EXEMPTIONS_IN_USE, RENDERED_RELEASES } from './own-policies';
import { UnknownValue } from './subject';
import type { Verdicts } from './verdicts';
import { judgeStack, type Reported, reported, undecided, unneeded } from './report';

/** What differs from a control's defaults: the engine hands on those as well, and without them a rule is read once. */
function differing({ parameters = {} }: ObjectControl, given: Parameters): Parameters {
  const entries = Object.entries(given);
  return Object.fromEntries(
    entries.filter(([name, value]) => !isDeepStrictEqual(value, parameters[name]?.default)),
  );
}

/** What the SDK takes at run time; its type has the message only. */
type Report = (report: Reported) => void;

/**
 * What a request about a resource says before it is read: of what is no text, nothing. What is not known yet is a text
 * that is no kind, and no object is judged for it.
 */
export interface Requested {
  type: string;
  apiVersion: string | undefined;
  kind: string | undefined;
}

/** A policy that can tell of which resources it never says anything (`narrowed.js`). */
interface NarrowPolicy extends ResourceValidationPolicy {
  concerns: (requested: Requested) => boolean;
}

type PolicyMetadata = Omit<ResourceValidationPolicy, 'validateResource'>;

/** The CrossGuard policy of a control. */
export function crossGuardPolicy(
  control: Control,
  inventory: Inventory,
  exemptions: Exemptions,
): ResourceValidationPolicy | StackValidationPolicy {
  if (control.scope === 'object') return objectPolicy(control, inventory, exemptions);
  if (control.scope === 'stack') return stackPolicy(control, inventory, exemptions);
  return resourcePolicy(control, inventory);
}

/** The policy that says which Helm releases can't be rendered, and so not be judged by any control. */
export function renderingPolicy(inventory: Inventory): ResourceValidationPolicy {
  return {
    name: RENDERED_RELEASES.id,
    displayName: RENDERED_RELEASES.title,
    description: RENDERED_RELEASES.why,
    severity: RENDERED_RELEASES.severity,
    tags: [...RENDERED_RELEASES.covers],
    remediationSteps: RENDERED_RELEASES.remediation,
    validateResource: async (args, reportViolation) => {
      const { problem } = await inventory.of(args, RENDERED_RELEASES.id);
      if (!problem) return;
      const report = reportViolation as unknown as Report;
      const message = `Release ${args.name} could not be rendered, so nothing in it was judged: ${problem.message}`;
      // Once everything is known, the update judges again, before the release is installed.
      if (problem.undecided) report(undecided(message));
      else report({ message });
    },
  };
}

/**
 * A policy that finds nothing: it notes what was judged in a file, for whoever counts it against a cluster, and keeps
 * verdicts.
 */
export function recordingPolicy(
  inventory: Inventory,
  file: string | undefined,
  verdicts: Verdicts | undefined,
): StackValidationPolicy {
  return {
    name: 'judged-objects',
    description: 'Notes which objects were judged.',
    enforcementLevel: (file ?? verdicts) ? 'advisory' : 'disabled',
    validateStack: async () => {
      if (file !== undefined) writeFileSync(file, JSON.stringify(inventory.judged()));
      await verdicts?.keep();
    },
  };
}

/** The policy that says which exemptions nothing needs. It can't tell while a release is not rendered. */
export function exemptionPolicy(
  inventory: Inventory,
  exemptions: Exemptions,
  manages: (component: string) => boolean,
): StackValidationPolicy {
  const { id, remediation, severity, title, why } = EXEMPTIONS_IN_USE;
  return {
    name: id,
    displayName: title,
    description: why,
    severity,
    remediationSteps: remediation,
    validateStack: ({ resources }, reportViolation) => {
      if (!inventory.isWhole) return;
      const report = reportViolation as unknown as Report;
      try {
        for (const unused of exemptions.unused(inventory.stackOf(resources, id).objects, manages))
          report({ message: unneeded(unused).message });
      } catch (error) {
        // An object whose name is not known yet may be the one.
        if (!(error instanceof UnknownValue)) throw error;
        report(undecided(error.message));
      }
    },
  };
}

/** Judges every object that the control matches, of typed Kubernetes resources and inside Helm releases. */
function objectPolicy(control: ObjectControl, inventory: Inventory, exemptions: Exemptions): NarrowPolicy {
  const judge = compile(control);
  const judges = matcher(control.match);
  return {
    ...metadata(control),
    concerns: ({ type, apiVersion, kind }) => {
      if (!type.startsWith('kubernetes:')) return false;
      // What holds objects of any kind, and what is asked of an object's namespace, is looked into.
      if (type === RELEASE_TYPE || control.match.includes('namespaced')) return true;
      if (apiVersion === undefined || kind === undefined || kind.endsWith('List')) return true;
      return judges({ apiVersion, kind });
    },
    validateResource: async (args, reportViolation) => {
      const { subjects, found } = await inventory.of(args, control.id);
      const parameters = differing(control, args.getConfig<Parameters>());
      const known = Object.keys(parameters).length === 0 ? found && (found[control.id] ?? {}) : undefined;
      for (const [index, subject] of subjects.entries()) {
        if (known ? !known[index] : !judges(subject.object, subject.key)) continue;
        const verdict = known?.[index] ?? judge(subject, parameters);
        if (verdict.kind === 'allowed') continue;
        const violation = reported(verdict, exemptions.standing(control.id, subject.source));
        if (violation) (reportViolation as unknown as Report)(violation);
      }
    },
    ...(control.fix ? { remediateResource: remediation({ control, judge }, exemptions) } : {}),
  };
}

/**
 * Mends a typed resource that the control denies, at the level `remediate`. What is inside a release can't be reached:
 * it is judged, and the level is then as `mandatory` is.
 */
function remediation(
  rule: { control: ObjectControl; judge: Judge },
  exemptions: Exemptions,
): NonNullable<ResourceValidationPolicy['remediateResource']> {
  return (args) => {
    const { type, props } = args;
    const object = reveal(props);
    if (!type.startsWith('kubernetes:') || type === RELEASE_TYPE || !isKubernetesObject(object))
      return undefined;
    const changes = cureOf(rule, object, args.getConfig<Parameters>(), exemptions);
    if (changes.length === 0) return undefined;
    applyChanges(props, changes);
    return props;
  };
}

/** Judges the objects of the whole stack: what its resources are, and what its releases were rendered to. */
function stackPolicy(
  control: StackControl,
  inventory: Inventory,
  exemptions: Exemptions,
): StackValidationPolicy {
  return {
    ...metadata(control),
    validateStack: (args, reportViolation) => {
      const stack = inventory.stackOf(args.resources, control.id);
      for (const { object, ...fault } of judgeStack(control, stack, args.getConfig<Parameters>())) {
        // What is still to be rendered may be what an object lacks.
        const isOpen = fault.kind === 'denied' && inventory.isAwaited;
        const verdict = isOpen ? ({ ...fault, kind: 'undecided' } as const) : fault;
        const violation = reported(verdict, exemptions.standing(control.id, object));
        if (violation) (reportViolation as unknown as Report)(violation);
      }
    },
  };
}

/** Judges resources of the program as they are, without what they render to. */
function resourcePolicy(control: ResourceControl, inventory: Inventory): NarrowPolicy {
  return {
    ...metadata(control),
    concerns: ({ type }) => isJudged(type, control),
    validateResource: async (args, reportViolation) => {
      if (!isJudged(args.type, control)) return;
      const resource = await programResource(control, inventory, args);
      const fault = resourceFault(control, resource, args.getConfig<Parameters>());
      const violation = fault && reported(fault, { state: 'none' });
      if (violation) (reportViolation as unknown as Report)(violation);
    },
  };
}

async function programResource(
  { id }: ResourceControl,
  inventory: Inventory,
  args: ResourceValidationArgs,
): Promise<ProgramResource> {
  const { type, name, urn, opts, provider } = args;
  const inputs = provider && reveal(provider.props);
  const { chart } = type === RELEASE_TYPE ? await inventory.of(args, id) : {};
  return {
    type,
    name,
    inputs: inventory.inputsOf(args),
    options: { protect: opts.protect, ignoreChanges: opts.ignoreChanges },
    stack: stackOf(urn),
    ...(isRecord(inputs) ? { provider: inputs } : {}),
    ...(chart ? { chart } : {}),
  };
}

/** "prod" of "urn:pulumi:prod::platform::...". */
function stackOf(urn: string): string {
  return urn.split('::')[0]?.split(':').at(-1) ?? '';
}

function metadata(control: Control): PolicyMetadata {
  const framework = frameworkOf(control);
  return {
    name: control.id,
    displayName: control.title,
    description: `${control.title}. ${control.why}`,
    severity: control.severity,
    tags: [...control.covers, ...(control.pss ? [`pss-${control.pss}`] : [])],
    remediationSteps: control.remediation,
    ...(framework ? { framework } : {}),
    ...(control.parameters ? { configSchema: configSchema(control.parameters) } : {}),
  };
}

function configSchema(
  parameters: NonNullable<Control['parameters']>,
): NonNullable<ResourceValidationPolicy['configSchema']> {
  const properties = Object.entries(parameters).map(([name, schema]) => [name, { ...schema }] as const);
  return { properties: Object.fromEntries(properties) };
}

function frameworkOf({ cis, pss, title }: Control): ResourceValidationPolicy['framework'] {
  if (cis.length > 0) {
    const reference = cis.map(({ section }) => section).join(', ');
    return { name: 'CIS Kubernetes Benchmark', version: '1.12', reference, specification: title };
  }
  if (!pss) return undefined;
  return { name: 'Pod Security Standards', version: 'latest', reference: pss, specification: title };
}
