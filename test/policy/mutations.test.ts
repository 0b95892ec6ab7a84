import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { compile } from '../../policy/cel';
import type { ObjectControl, Sample } from '../../policy/control';
import { container, object, pod, sample } from '../../policy/samples';
import { Subject } from '../../policy/subject';
import { mutantsOf, type Mutant, type Operator } from './mutants';

/** Whoever breaks a rule is told: each mutant of a rule gives some sample of its control another verdict. */

const ASSERTED: readonly Operator[] = ['whole', 'negation', 'operand dropped', 'quantifier', 'comparison'];

const host = { hostPath: { path: '/var/log/../../etc' } };
const logs = { allowedHostPaths: ['/var/log'], readOnly: false };

/** What no API server takes as a new object, and so can be no sample; previews and audits judge it all the same. */
const BESIDE: Readonly<Record<string, { allowed?: Sample[]; denied?: Sample[] }>> = {
  'allowed-registries': {
    denied: [sample('no image', pod({ containers: [container({ image: undefined })] }))],
  },
  'no-control-plane-scheduling': {
    allowed: [
      sample('a node that the scheduler chose', {
        ...pod({ nodeName: 'node-1' }),
        status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
      }),
    ],
  },
  'no-host-path': {
    denied: [
      sample('out of an allowed path', pod({ volumes: [{ name: 'host', ...host }] }), logs),
      sample('a PersistentVolume out of one', object('v1', 'PersistentVolume', { spec: host }), logs),
    ],
  },
  'no-token-automount': {
    allowed: [
      sample(
        'the account of each namespace',
        object('v1', 'ServiceAccount', { metadata: { name: 'default' } }),
      ),
    ],
  },
};

/** Changes that change no verdict, by control, each with the reason; one that a sample sees has none. */
const EQUIVALENT: ReadonlyMap<string, string> = new Map([
  ...OBJECT_CONTROLS.filter(({ match }) => match.includes('roles')).map(
    ({ id }) =>
      [
        `${id}: without object.rules != null`,
        'rules are null in a role that kubectl wrote without any; the evaluator drops null fields as it reads them',
      ] as const,
  ),
  [
    'served-api-versions: without !(object.apiVersion in […])',
    'every kind that the rule looks up is of one of these versions; all others are spared the look-up',
  ],
]);

const unseen = new Map<ObjectControl, readonly Mutant[]>();

/** Mutants of a control that nothing sees. */
function unseenOf(control: ObjectControl): readonly Mutant[] {
  let mutants = unseen.get(control);
  if (!mutants) {
    const isSeen = killer(control);
    mutants = assertedOf(control).filter(({ expression }) => !isSeen(expression));
    unseen.set(control, mutants);
  }
  return mutants;
}

function assertedOf({ expression }: ObjectControl): Mutant[] {
  return mutantsOf(expression).filter(({ operator }) => ASSERTED.includes(operator));
}

/** What EQUIVALENT calls a change: without the texts of a list, which may be many. */
function keyOf({ id }: ObjectControl, { change }: Mutant): string {
  return `${id}: ${change.replaceAll(/\['[^'\]]*'(, '[^'\]]*')+\]/g, '[…]')}`;
}

/** True where a sample of the control gets another verdict by an expression than its list declares. */
function killer(control: ObjectControl): (expression: string) => boolean {
  const cases = (['allowed', 'denied'] as const).flatMap((kind) =>
    [...control.samples[kind], ...(BESIDE[control.id]?.[kind] ?? [])].map(({ object, parameters }) => ({
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
  (_id, control) => {
    expect(killer(control)(control.expression)).toBe(false);
    expect(assertedOf(control).length).toBeGreaterThanOrEqual(3);
    const untold = unseenOf(control).filter((mutant) => !EQUIVALENT.has(keyOf(control, mutant)));
    expect(untold.map(({ operator, change }) => `${operator}: ${change}`)).toEqual([]);
  },
);

test('each change with a reason is exactly one that nothing sees', () => {
  const keys = OBJECT_CONTROLS.flatMap((control) =>
    unseenOf(control).map((mutant) => keyOf(control, mutant)),
  );
  expect(keys.filter((key) => EQUIVALENT.has(key)).sort()).toEqual([...EQUIVALENT.keys()].sort());
});

test('a rule that is false, true or negated as a whole is always seen', () => {
  for (const control of OBJECT_CONTROLS) {
    const isSeen = killer(control);
    const whole = mutantsOf(control.expression).filter(({ operator }) => operator === 'whole');
    expect([control.id, whole.filter(({ expression }) => !isSeen(expression))]).toEqual([control.id, []]);
  }
});
