import {
  UnknownValueError,
  type ReportViolation,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
} from '@pulumi/policy';
import { compile, type Judge } from './cel';
import type { Control, Parameters } from './control';
import { flattenList, isInGroup, isKubernetesObject, type KubernetesObject } from './objects';
import { Subject, UNKNOWN } from './subject';

/** What the SDK takes at run time; its type has the message only. */
type Report = (violation: { message: string; enforcementLevel?: 'advisory' }) => void;

/** One CrossGuard policy for a control: judges every typed Kubernetes resource that the control matches. */
export function crossGuardPolicy(control: Control): ResourceValidationPolicy {
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
    validateResource: (args, reportViolation) => validate(control, judge, args, reportViolation),
  };
}

function validate(
  control: Control,
  judge: Judge,
  args: ResourceValidationArgs,
  reportViolation: ReportViolation,
): void {
  const objects = objectsOf(args).filter((object) => isInGroup(object, control.match));
  if (objects.length === 0) args.notApplicable(`it judges ${control.match} kinds`);
  const report = reportViolation as unknown as Report;
  for (const object of objects) {
    const verdict = judge(new Subject(object), args.getConfig<Parameters>());
    if (verdict.kind === 'allowed') continue;
    // Undecided happens in a preview only; the update judges again, before the resource is created.
    if (verdict.kind === 'undecided')
      report({ message: `undecided until the update: ${verdict.message}`, enforcementLevel: 'advisory' });
    else report({ message: verdict.message });
  }
}

/** The objects that a resource is: none for a component, a provider or a Helm release. */
function objectsOf({ type, props }: ResourceValidationArgs): KubernetesObject[] {
  if (!type.startsWith('kubernetes:')) return [];
  const object = reveal(props);
  return isKubernetesObject(object) ? flattenList(object).filter(isKubernetesObject) : [];
}

/** A plain copy of what the SDK's proxy guards: reading an unknown value there throws, here it is `UNKNOWN`. */
function reveal(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const read = (key: string): unknown => {
    try {
      return reveal((value as Record<string, unknown>)[key]);
    } catch (error) {
      if (error instanceof UnknownValueError) return UNKNOWN;
      throw error;
    }
  };
  if (Array.isArray(value)) return Object.keys(value).map(read);
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(key)]));
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
