import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { compile } from '../../policy/cel';
import type { ObjectControl } from '../../policy/control';
import { Subject } from '../../policy/subject';
import { mutantsOf, type Mutant, type Operator } from './mutants';

/** Whoever breaks a rule is told: each mutant of a rule gives some sample of its control another verdict. */

const ASSERTED: readonly Operator[] = ['whole', 'negation', 'operand dropped', 'quantifier', 'comparison'];

/** Changes that change no verdict, each with the reason. */
const EQUIVALENT: ReadonlyMap<string, string> = new Map([
  [
    'has(object.rules) && object.rules != null -> has(object.rules)',
    'rules are null in a role that kubectl wrote without any; the evaluator drops null fields as it reads them',
  ],
]);

/**
 * Mutants that no sample sees yet, by control: parts that another part implies, or that only an object tells apart which
 * the API server refuses by itself. None may be added; where one is seen, its number goes down here.
 */
const UNSEEN: Readonly<Record<string, number>> = {
  'allowed-apparmor-profiles': 7,
  'allowed-registries': 1,
  'cp-encryption-providers': 1,
  'cp-etcd-peer-certificate': 2,
  'cp-etcd-serving-certificate': 2,
  'cp-kubelet-serving-certificate': 1,
  'enforcing-admission': 1,
  'external-names': 1,
  'ingress-tls': 5,
  'matching-selector': 2,
  'no-control-plane-scheduling': 2,
  'no-credential-literals': 1,
  'no-credentials-in-config-maps': 1,
  'no-host-path': 2,
  'no-open-calico-policy': 7,
  'no-role-covers-tracks': 1,
  'no-token-automount': 3,
  'patient-liveness': 2,
  'resource-limits': 1,
  'resource-maximum': 1,
  'rolling-update': 5,
  'served-api-versions': 1,
  'webhook-safety': 2,
};

/** True where a sample of the control gets another verdict by an expression than its list declares. */
function killer(control: ObjectControl): (expression: string) => boolean {
  const cases = (['allowed', 'denied'] as const).flatMap((kind) =>
    control.samples[kind].map(({ object, parameters }) => ({
      kind,
      subject: new Subject(object),
      parameters,
    })),
  );
  return (expression) => {
    const judge = compile({ ...control, expression, message: "''" });
    return cases.some(({ kind, subject, parameters }) => judge(subject, parameters).kind !== kind);
  };
}

test.each(OBJECT_CONTROLS.map((control) => [control.id, control] as const))(
  'each mutant of %s is seen by a sample',
  (id, control) => {
    const isSeen = killer(control);
    expect(isSeen(control.expression)).toBe(false);
    const mutants = mutantsOf(control.expression).filter(
      ({ change, operator }) => ASSERTED.includes(operator) && !EQUIVALENT.has(change),
    );
    expect(mutants.length).toBeGreaterThanOrEqual(3);
    const unseen = mutants.filter(({ expression }) => !isSeen(expression)).map(described);
    expect({ count: unseen.length, unseen }).toEqual({ count: UNSEEN[id] ?? 0, unseen });
  },
);

test('a rule that is false, true or negated as a whole is always seen', () => {
  for (const control of OBJECT_CONTROLS) {
    const isSeen = killer(control);
    const whole = mutantsOf(control.expression).filter(({ operator }) => operator === 'whole');
    expect([control.id, whole.filter(({ expression }) => !isSeen(expression))]).toEqual([control.id, []]);
  }
});

function described({ operator, change }: Mutant): string {
  return `${operator}: ${change}`;
}
