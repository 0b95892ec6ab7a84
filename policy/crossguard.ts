import type { ResourceValidationPolicy } from '@pulumi/policy';
import { compile, type Verdict } from './cel';
import type { Control, Parameters } from './control';
import type { Exemptions, Standing } from './exemption';
import type { Inventory } from './inventory';
import { isInGroup } from './objects';

/** What the SDK takes at run time; its type has the message only. */
type Report = (violation: Violation) => void;

interface Violation {
  message: string;
  enforcementLevel?: 'advisory';
}

/**
 * One CrossGuard policy for a control: judges every object that the control matches, of typed Kubernetes resources and
 * inside Helm releases.
 */
export function crossGuardPolicy(
  control: Control,
  inventory: Inventory,
  exemptions: Exemptions,
): ResourceValidationPolicy {
  const judge = compile(control);
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
    validateResource: async (args, reportViolation) => {
      const { subjects } = await inventory.of(args, control.id);
      const matching = subjects.filter(({ object }) => isInGroup(object, control.match));
      if (matching.length === 0) args.notApplicable(`it judges ${control.match} kinds`);
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

/** The policy that says which Helm releases can't be rendered, and so not be judged by any control. */
export function renderingPolicy(inventory: Inventory): ResourceValidationPolicy {
  return {
    name: 'rendered-releases',
    displayName: 'Every Helm release can be rendered, and what it holds be judged',
    description: 'What a release holds reaches the cluster past the engine: unrendered, no control sees it.',
    severity: 'high',
    tags: ['HLM-10'],
    remediationSteps: 'make `helm template` work for the release, with its values',
    validateResource: async (args, reportViolation) => {
      const { problem } = await inventory.of(args, 'rendered-releases');
      if (!problem) return;
      const report = reportViolation as unknown as Report;
      const message = `Release ${args.name} could not be rendered, so nothing in it was judged: ${problem.message}`;
      // Once everything is known, the update judges again, before the release is installed.
      if (problem.undecided)
        report({ message: `undecided until the update: ${message}`, enforcementLevel: 'advisory' });
      else report({ message });
    },
  };
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
  // Undecided happens in a preview only; the update judges again, before the resource is created.
  if (verdict.kind === 'undecided') {
    return { message: `undecided until the update: ${message}`, enforcementLevel: 'advisory' };
  }
  if (standing.state === 'none') return { message };
  return { message: `${message} Its exemption ended on ${standing.exemption.expires}.` };
}

function configSchema(
  parameters: NonNullable<Control['parameters']>,
): NonNullable<ResourceValidationPolicy['configSchema']> {
  const properties = Object.entries(parameters).map(
    ([name, schema]) => [name, { ...schema, default: [...schema.default] }] as const,
  );
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
