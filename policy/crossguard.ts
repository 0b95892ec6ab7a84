import type { ResourceValidationArgs, ResourceValidationPolicy, StackValidationPolicy } from '@pulumi/policy';
import { compile, type Verdict } from './cel';
import {
  parametersOf,
  type Control,
  type ObjectControl,
  type Parameters,
  type ProgramResource,
  type ResourceControl,
  type StackControl,
} from './control';
import type { Exemptions, Standing } from './exemption';
import { reveal, type Inventory } from './inventory';
import { describeObject, isRecord, matches, type KubernetesObject } from './objects';
import { RELEASE_TYPE } from './release';
import { Stack } from './stack';

interface Violation {
  message: string;
  enforcementLevel?: 'advisory';
  urn?: string;
}

/** What the SDK takes at run time; its type has the message only. */
type Report = (violation: Violation) => void;

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

/** What the policy on rendering is, beside the controls: it asks for what they are judged on. */
export const RENDERED_RELEASES = {
  id: 'rendered-releases',
  covers: ['HLM-10'],
  title: 'Every Helm release can be rendered, and what it holds be judged',
  why: 'What a release holds reaches the cluster past the engine: unrendered, no control sees it.',
  severity: 'high',
  remediation: 'Make `helm template` work for the release, with its values.',
} as const;

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

/** Judges every object that the control matches, of typed Kubernetes resources and inside Helm releases. */
function objectPolicy(
  control: ObjectControl,
  inventory: Inventory,
  exemptions: Exemptions,
): ResourceValidationPolicy {
  const judge = compile(control);
  return {
    ...metadata(control),
    validateResource: async (args, reportViolation) => {
      const { subjects } = await inventory.of(args, control.id);
      const matching = subjects.filter(({ object }) => matches(object, control.match));
      if (matching.length === 0) args.notApplicable(`it judges ${control.match.join(', ')}`);
      const parameters = args.getConfig<Parameters>();
      for (const subject of matching) {
        const violation = violationOf(
          judge(subject, parameters),
          exemptions.standing(control.id, subject.object),
        );
        if (violation) (reportViolation as unknown as Report)(violation);
      }
    },
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
      const stack = new Stack(inventory.objectsOf(args.resources));
      for (const { object, message } of judgeStack(control, stack, args.getConfig<Parameters>())) {
        const violation = violationOf({ kind: 'denied', message }, exemptions.standing(control.id, object));
        if (violation) (reportViolation as unknown as Report)(violation);
      }
    },
  };
}

/** What a stack control found, as messages; a control that throws is a finding of its own, never a pass. */
export function judgeStack(
  control: StackControl,
  stack: Stack,
  configured?: Parameters,
): { object: KubernetesObject; message: string }[] {
  try {
    return control.judge(stack, parametersOf(control, configured)).map(({ object, found }) => ({
      object,
      message: `${describeObject(object)}: ${found}. ${control.remediation}`,
    }));
  } catch (error) {
    return [{ object: { apiVersion: 'v1', kind: 'Stack' }, message: failure(control, error) }];
  }
}

/** Judges resources of the program as they are, without what they render to. */
function resourcePolicy(control: ResourceControl, inventory: Inventory): ResourceValidationPolicy {
  return {
    ...metadata(control),
    validateResource: async (args, reportViolation) => {
      if (
        !control.types.some(
          (type) => type === args.type || (type === 'kubernetes:' && args.type.startsWith(type)),
        )
      ) {
        args.notApplicable(`it judges ${control.types.join(', ')}`);
      }
      const message = await judgeResource(control, inventory, args);
      if (message) (reportViolation as unknown as Report)({ message });
    },
  };
}

async function judgeResource(
  control: ResourceControl,
  inventory: Inventory,
  args: ResourceValidationArgs,
): Promise<string | undefined> {
  const { type, name } = args;
  try {
    const found = control.judge(
      await programResource(control, inventory, args),
      parametersOf(control, args.getConfig<Parameters>()),
    );
    return found === undefined
      ? undefined
      : `${type.split(':').at(-1)} ${name}: ${found}. ${control.remediation}`;
  } catch (error) {
    return failure(control, error);
  }
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

function failure({ id }: Control, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `control ${id} could not be evaluated, so nothing passes it: ${reason}`;
}

/** What to report, if anything. */
function violationOf(verdict: Verdict, standing: Standing): Violation | undefined {
  if (verdict.kind === 'allowed' || standing.state === 'exempt') return undefined;
  const { message } = verdict;
  if (standing.state === 'ending') {
    const { days, exemption } = standing;
    return {
      message: `${message} Its exemption ends in ${days} days, on ${exemption.expires}.`,
      enforcementLevel: 'advisory',
    };
  }
  if (verdict.kind === 'undecided') return undecided(message);
  if (standing.state === 'none') return { message };
  return { message: `${message} Its exemption ended on ${standing.exemption.expires}.` };
}

/** Happens in a preview only; the update judges again, before the resource is created. */
function undecided(message: string): Violation {
  return { message: `undecided until the update: ${message}`, enforcementLevel: 'advisory' };
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
