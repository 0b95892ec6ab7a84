import type { Finding, StackControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { isBuiltIn } from '../../parts/built-in-roles';
import { AGGREGATE, labelsOf, nameOf, roleOf, selectorsOf, subjectsOf } from '../../parts/permissions';
import {
  aggregated,
  clusterRole,
  clusterRoleBinding,
  named,
  role,
  roleBinding,
  subject,
} from '../../parts/role-samples';
import { labelled, object, sample } from '../../samples';
import { namespaceOf, selects, SYSTEM_NAMESPACES, type Stack } from '../../stack';

/** As the parameter names them. */
const key = (kind: string, namespace: string, name: string): string =>
  [kind, namespace, name].filter((part) => part !== '').join('/');
const keyOf = (each: KubernetesObject): string => key(each.kind, namespaceOf(each), nameOf(each));

/** The role that a binding names, as a key. */
function roleKey(binding: KubernetesObject): string {
  const { kind, name } = roleOf(binding);
  return key(kind, kind === 'Role' ? namespaceOf(binding) : '', name);
}

/** Whether a ClusterRole is part of another one, and so needs no binding of its own. */
function isPart(candidate: KubernetesObject, selectors: readonly unknown[]): boolean {
  const labels = labelsOf(candidate);
  if (Object.entries(labels).some(([label, value]) => label.startsWith(AGGREGATE) && value === 'true')) {
    return true;
  }
  return candidate.kind === 'ClusterRole' && selectors.some((selector) => selects(selector, labels));
}

function unbound(stack: Stack): Finding[] {
  const bound = new Set(stack.of('bindings').map(roleKey));
  const selectors = stack.of('clusterRole').flatMap((each) => selectorsOf(each) ?? []);
  return stack
    .of('roles')
    .filter((each) => !bound.has(keyOf(each)) && !isPart(each, selectors))
    .map((each) => ({ object: each, found: 'no binding names it' }));
}

/** What a binding names that nobody makes. */
function dangling(binding: KubernetesObject, known: ReadonlySet<string>): string[] {
  const { kind, name } = roleOf(binding);
  const inSystem = SYSTEM_NAMESPACES.includes(namespaceOf(binding));
  const isThere = kind === 'ClusterRole' ? isBuiltIn(name) : inSystem;
  const accounts = subjectsOf(binding)
    .filter((each) => each.kind === 'ServiceAccount' && each.name !== 'default')
    .filter(({ namespace }) => !SYSTEM_NAMESPACES.includes(String(namespace)))
    .map((each) => key('ServiceAccount', String(each.namespace), String(each.name)));
  return [...(isThere ? [] : [roleKey(binding)]), ...accounts].filter((each) => !known.has(each));
}

const robot = subject('ServiceAccount', 'robot');
const account = named('robot', object('v1', 'ServiceAccount'));
const toRole = (name: string): KubernetesObject => ({
  ...roleBinding(name, robot),
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
});
const inNamespace = (namespace: string, source: KubernetesObject): KubernetesObject => ({
  ...source,
  metadata: { ...source.metadata, namespace },
});

export const control: StackControl = {
  scope: 'stack',
  id: 'no-dangling-roles',
  covers: ['RB-20'],
  title: 'Every role is bound, and every binding names a role and ServiceAccounts that are there',
  why: 'Whoever makes what a binding names and nobody has made takes its rights; a role that nobody has is read by nobody.',
  severity: 'low',
  cis: [],
  nsa: 'Role-based access control',
  parameters: {
    external: {
      type: 'array',
      items: { type: 'string', pattern: '^(ClusterRole/[^/]+|(Role|ServiceAccount)/[^/]+/[^/]+)$' },
      description:
        'What others make, or bind: ClusterRole/name, Role/namespace/name, ServiceAccount/namespace/name.',
      default: [],
    },
  },
  remediation: 'Delete it, or make what is missing; what others make belongs in the parameter external.',
  judge: (stack, { external }) => {
    const elsewhere = external as string[];
    const known = new Set([...stack.of('roles', 'serviceAccount').map(keyOf), ...elsewhere]);
    const missing = stack.of('bindings').flatMap((binding): Finding[] => {
      const names = dangling(binding, known);
      return names.length > 0 ? [{ object: binding, found: `nobody makes ${names.join(', ')}` }] : [];
    });
    return [...unbound(stack).filter((each) => !elsewhere.includes(keyOf(each.object))), ...missing];
  },
  samples: {
    allowed: [
      sample('a ClusterRole that is bound', [clusterRole(), account, clusterRoleBinding('sample', robot)]),
      sample('a ClusterRole that is bound in a namespace', [
        clusterRole(),
        account,
        roleBinding('sample', robot),
      ]),
      sample('a Role that is bound', [role(), account, toRole('sample')]),
      sample('a ServiceAccount of the same namespace', [
        account,
        roleBinding('view', { kind: 'ServiceAccount', name: 'robot' }),
      ]),
      sample('a part of a built-in role', [labelled(clusterRole(), { [`${AGGREGATE}view`]: 'true' })]),
      sample('a part of a role of the stack', [
        labelled(clusterRole(), { 'example.com/aggregate': 'true' }),
        named('whole', aggregated()),
        account,
        clusterRoleBinding('whole', robot),
      ]),
      sample('built-in roles', [
        account,
        clusterRoleBinding('view', robot),
        roleBinding('system:auth-delegator', robot),
      ]),
      sample('a group and a user', [clusterRoleBinding('view', subject('Group', 'a'), subject('User', 'b'))]),
      sample('the default ServiceAccount', [roleBinding('view', subject('ServiceAccount', 'default'))]),
      sample("the cluster's own Role and ServiceAccount", [
        inNamespace('kube-system', {
          ...toRole('extension-apiserver-authentication-reader'),
          subjects: [{ ...robot, namespace: 'kube-system' }],
        }),
      ]),
      sample('what others make', [clusterRoleBinding('shared', robot)], {
        external: ['ClusterRole/shared', 'ServiceAccount/samples/robot'],
      }),
      sample('what others bind', [role()], { external: ['Role/samples/sample'] }),
      sample('no subjects', [clusterRoleBinding('view')]),
    ],
    denied: [
      sample('a ClusterRole without a binding', [clusterRole()]),
      sample('a Role without a binding', [role()]),
      sample('a Role of the same name as what is bound', [
        role(),
        clusterRole(),
        account,
        roleBinding('sample', robot),
      ]),
      sample('a Role in another namespace than its binding', [
        inNamespace('other', role()),
        account,
        toRole('sample'),
      ]),
      sample('a ClusterRole that nobody makes', [account, clusterRoleBinding('sample', robot)]),
      sample('a Role that nobody makes', [account, toRole('sample')]),
      sample('a ServiceAccount that nobody makes', [clusterRoleBinding('view', robot)]),
      sample('a ServiceAccount of another namespace', [
        inNamespace('other', account),
        clusterRoleBinding('view', robot),
      ]),
      sample('a label that adds to no role', [labelled(clusterRole(), { [`${AGGREGATE}view`]: 'false' })]),
    ],
  },
};
