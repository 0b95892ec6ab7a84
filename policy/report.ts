import type { Verdict } from './cel';
import { parametersOf, type Control, type Parameters, type StackControl } from './control';
import type { Exemption, Standing } from './exemption';
import { EXEMPTIONS_IN_USE } from './own-policies';
import { describeObject, type KubernetesObject } from './objects';
import type { Stack } from './stack';
import { UnknownValue } from './subject';

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

/** What is not allowed, or can't be told yet. */
export type Fault = Exclude<Verdict, { kind: 'allowed' }>;

/** What a stack control found; see `faultOf` for one that throws. */
export function judgeStack(
  control: StackControl,
  stack: Stack,
  configured?: Parameters,
): (Fault & { object: KubernetesObject })[] {
  try {
    return control.judge(stack, parametersOf(control, configured)).map(({ object, found }) => ({
      kind: 'denied',
      object,
      message: `${describeObject(object)}: ${found}. ${control.remediation}`,
    }));
  } catch (error) {
    return [{ ...faultOf(control, error), object: { apiVersion: 'v1', kind: 'Stack' } }];
  }
}

/**
 * What a control in TypeScript says by throwing: that it read what is not known yet, or else that it failed, which is a
 * finding of its own, never a pass.
 */
export function faultOf({ id }: Pick<Control, 'id'>, error: unknown): Fault {
  if (error instanceof UnknownValue) return { kind: 'undecided', message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: 'broken', message: `control ${id} could not be evaluated, so nothing passes it: ${reason}` };
}
