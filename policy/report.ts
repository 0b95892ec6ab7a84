import type { Verdict } from './cel';
import { parametersOf, type Control, type Parameters, type StackControl } from './control';
import type { Exemption, Standing } from './exemption';
import { EXEMPTIONS_IN_USE } from './own-policies';
import { describeObject, type KubernetesObject } from './objects';
import type { Stack } from './stack';

/** What is told of a verdict; without a level, the control's own in the stack or run holds. */
export interface Reported {
  message: string;
  enforcementLevel?: 'advisory';
}

/** What to report of a verdict on an object with this standing, if anything. */
export function reported(verdict: Verdict, standing: Standing): Reported | undefined {
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
  if (standing.state !== 'expired') return { message };
  const { exemption, warns } = standing;
  return {
    message: `${message} Its exemption ended on ${exemption.expires}.`,
    ...(warns ? { enforcementLevel: 'advisory' } : {}),
  };
}

/** Happens in a preview only; the update judges again, before the resource is created. */
export function undecided(message: string): Reported {
  return { message: `undecided until the update: ${message}`, enforcementLevel: 'advisory' };
}

/** What is told of an exemption that nothing needs, and the object that there is not. */
export function unneeded({ component, controls, object: { kind, ...metadata }, owner }: Exemption): {
  object: KubernetesObject;
  found: string;
  message: string;
} {
  const object = { apiVersion: '', kind, metadata };
  const found =
    `it is exempt from ${controls.join(', ')}, for ${owner}, and not there, though the stack has the component ` +
    component;
  return { object, found, message: `${describeObject(object)}: ${found}. ${EXEMPTIONS_IN_USE.remediation}` };
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

/** What is told of a control that failed. */
export function failure({ id }: Pick<Control, 'id'>, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `control ${id} could not be evaluated, so nothing passes it: ${reason}`;
}
