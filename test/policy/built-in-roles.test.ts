import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { compile } from '../../policy/cel';
import { kindsOf } from '../../policy/kinds';
import { matches, type KubernetesObject } from '../../policy/objects';
import {
  ALSO_BUILT_IN,
  BUILT_IN_BINDINGS,
  BUILT_IN_ROLES,
  isBuiltIn,
} from '../../policy/parts/built-in-roles';
import { isGranted, POWERS, type Power } from '../../policy/parts/rbac';
import { nameOf, roleOf, subjectsOf } from '../../policy/parts/permissions';
import { namespaceOf } from '../../policy/stack';
import { Subject } from '../../policy/subject';
import { PLANE_TIMEOUT, TestPlane } from '../helpers/plane';

/** What the policy pack takes for granted of every cluster, against one that was just born. */

jest.setTimeout(PLANE_TIMEOUT);

let cluster: TestPlane;
let objects: KubernetesObject[];

beforeAll(async () => {
  cluster = await TestPlane.start();
  const kinds = [...kindsOf('roles')!, ...kindsOf('bindings')!];
  const lists = kinds.map(async ({ group, kind, resource }) => {
    const items = await cluster.plane.api.list(`/apis/${group}/v1/${resource}`);
    return items.map((item) => ({ ...item, apiVersion: `${group}/v1`, kind }));
  });
  objects = (await Promise.all(lists)).flat();
});
afterAll(() => cluster.delete());

it('the ClusterRoles that it is born with let one do what the table says, and are told by their names', () => {
  const roles = objects.filter(({ kind }) => kind === 'ClusterRole');
  expect(roles.length).toBeGreaterThan(50);
  expect(roles.map(nameOf).filter((name) => !isBuiltIn(name))).toEqual([]);
  for (const power of Object.keys(POWERS) as Power[]) {
    const granting = roles.filter(({ aggregationRule, rules }) =>
      // What is made of other roles has the powers of those.
      aggregationRule ? false : (rules as unknown[]).some((rule) => isGranted(rule, POWERS[power])),
    );
    expect([power, ...granting.map(nameOf).sort()]).toEqual([power, ...[...BUILT_IN_ROLES[power]].sort()]);
  }
});

it('what the controls on roles and bindings spare is what it is born with', () => {
  const roles = objects.filter((object) => matches(object, ['roles'])).map(keyOf);
  const spared = Object.values(ALSO_BUILT_IN).flat();
  expect(spared.filter((name) => !roles.includes(name))).toEqual([]);
  const bound = objects.flatMap((object) => {
    if (object.kind !== 'ClusterRoleBinding' || !(nameOf(object) in BUILT_IN_BINDINGS)) return [];
    const groups = subjectsOf(object);
    return groups.map(({ kind, name }) => [nameOf(object), roleOf(object).name, kind, name].join(' '));
  });
  const listed = Object.entries(BUILT_IN_BINDINGS).flatMap(([name, groups]) =>
    groups.map((group) => [name, name, 'Group', group].join(' ')),
  );
  expect(bound.sort()).toEqual(listed.sort());
});

it('no control refuses what the API server writes by itself at each start', () => {
  const controls = OBJECT_CONTROLS.filter(
    ({ match }) => match.includes('roles') || match.includes('bindings'),
  );
  expect(controls.length).toBeGreaterThan(15);
  for (const control of controls) {
    const judge = compile(control);
    const verdicts = objects
      .filter((object) => matches(object, control.match))
      .map((object) => judge(new Subject(object)));
    expect(verdicts.length).toBeGreaterThan(10);
    expect(verdicts.filter(({ kind }) => kind !== 'allowed')).toEqual([]);
  }
});

/** As a list of names has it: a namespace goes before the name. */
function keyOf(object: KubernetesObject): string {
  const namespace = namespaceOf(object);
  return namespace === '' ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}
