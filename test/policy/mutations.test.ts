import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { compile } from '../../policy/cel';
import type { ObjectControl, Sample } from '../../policy/control';
import { RETIREMENTS } from '../../policy/parts/api-versions';
import { ALSO_BUILT_IN, BUILT_IN_ROLES } from '../../policy/parts/built-in-roles';
import { BUILT_IN_SUBJECTS } from '../../policy/parts/rbac';
import { container, object, pod, sample } from '../../policy/samples';
import { Subject } from '../../policy/subject';
import { mutantsOf, type Mutant, type Operator } from './mutants';

/**
 * Whoever breaks a rule is told: each mutant by one of the operators that are asserted gives some sample of its control
 * another verdict. Branches and texts elsewhere than in lists are left to the samples themselves: most are defaults of
 * optional fields, and words of what is told.
 */

const ASSERTED: readonly Operator[] = [
  'whole',
  'negation',
  'operand dropped',
  'item dropped',
  'quantifier',
  'comparison',
];

/** Lists of a rule that are made of a table lose no items here: for each table something else tells. */
const TABLES: Readonly<Record<string, ReadonlySet<string>>> = {
  // A cluster that was just born tells which roles and bindings are its own.
  'roles of the cluster': new Set([...Object.values(BUILT_IN_ROLES), ...Object.values(ALSO_BUILT_IN)].flat()),
  'bindings of the cluster': new Set(BUILT_IN_SUBJECTS),
  // What the rule looks up is made of the same table, so neither has a version that the other lacks.
  'versions that are given up': new Set(RETIREMENTS.map(({ apiVersion }) => apiVersion)),
};

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
  [
    "no-role-covers-tracks: g in ['*', 'events.k8s.io'] without '*'",
    'whoever is given every API group has the core one, of which the first grant denies events as well',
  ],
  [
    "no-role-redirects-services: s in ['*', 'services/status', '*/status', 'services/*'] without '*'",
    'whoever is given every resource has endpoints, which the first grant denies to these verbs as well',
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
  return mutantsOf(expression).filter(
    ({ operator, items }) => ASSERTED.includes(operator) && tableOf(items) === undefined,
  );
}

/** The table that a list is made of. */
function tableOf(items?: readonly string[]): string | undefined {
  const isIn = (table: ReadonlySet<string>): boolean => !!items?.every((item) => table.has(item));
  return Object.entries(TABLES).find(([, table]) => isIn(table))?.[0];
}

/** What EQUIVALENT calls a change: without the texts of a list where they are many. */
function keyOf({ id }: ObjectControl, { change }: Mutant): string {
  return `${id}: ${change.replaceAll(/\['[^'\]]*'(, '[^'\]]*'){4,}\]/g, '[…]')}`;
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

test('each table that lists are made of is one of some rule', () => {
  const tables = OBJECT_CONTROLS.flatMap(({ expression }) => mutantsOf(expression)).map(({ items }) =>
    tableOf(items),
  );
  expect(Object.keys(TABLES).filter((table) => !tables.includes(table))).toEqual([]);
});

test('a rule that is false, true or negated as a whole is always seen', () => {
  for (const control of OBJECT_CONTROLS) {
    const isSeen = killer(control);
    const whole = mutantsOf(control.expression).filter(({ operator }) => operator === 'whole');
    expect([control.id, whole.filter(({ expression }) => !isSeen(expression))]).toEqual([control.id, []]);
  }
});
