import type { Finding, ParameterSchema, StackControl } from '../../control';
import { describeObject, podSpecOf, type KubernetesObject } from '../../objects';
import { Permissions, type Given } from '../../parts/permissions';
import { POWERS, type Power } from '../../parts/rbac';
import {
  aggregated,
  clusterRole,
  clusterRoleBinding,
  named,
  role,
  roleBinding,
  rule,
  subject,
} from '../../parts/role-samples';
import { labelled, object, pod, sample, workload } from '../../samples';
import { namespaceOf, type Stack } from '../../stack';

const NAMES = Object.keys(POWERS) as Power[];
/** What reaches further than a namespace even where it is given in one alone. */
const NEVER: Power[] = [
  'take what it was not given',
  'write roles and bindings',
  'make tokens',
  'enter pods',
];

const powers = (description: string, standard: Power[]): ParameterSchema => ({
  type: 'array',
  items: { type: 'string', pattern: `^(${NAMES.join('|')})$` },
  description,
  default: standard,
});

/** The ServiceAccounts that pods of the stack run as. */
function usedAccounts(stack: Stack): KubernetesObject[] {
  const used = stack.workloads().map((each) => {
    const { serviceAccountName, serviceAccount } = podSpecOf(each);
    const name = [serviceAccountName, serviceAccount, 'default'].find((text) => text) as string;
    return { namespace: namespaceOf(each), name };
  });
  const distinct = new Map(used.map((account) => [`${account.namespace}/${account.name}`, account]));
  return [...distinct.values()].map(
    (metadata) =>
      stack.find('serviceAccount', metadata.namespace, metadata.name) ?? {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata,
      },
  );
}

function excess({ binding, role: { kind, name }, namespace, powers: held }: Given): string {
  const where = namespace === '' ? 'the whole cluster' : `the namespace ${namespace}`;
  return `${describeObject(binding)} lets its pods ${held.join(', ')} in ${where}, by the ${kind} ${name}`;
}

const robot = subject('ServiceAccount', 'robot');
const asRobot = workload('Deployment', { serviceAccountName: 'robot' });
const reader = clusterRole(rule('', ['secrets'], ['get']));
const plain = clusterRole(rule('', ['pods'], ['get', 'list']));
const escalating = role(rule('rbac.authorization.k8s.io', ['roles'], ['bind']));
const toRole = { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'sample' } };
const elsewhere = (source: KubernetesObject): KubernetesObject => ({
  ...source,
  metadata: { ...source.metadata, namespace: 'other' },
});
const AGGREGATED = { 'example.com/aggregate': 'true' };

export const control: StackControl = {
  scope: 'stack',
  id: 'permission-budget',
  covers: ['RB-19'],
  title: 'No pod has more than its ServiceAccount needs, by whatever way it is bound',
  why: 'A pod has the sum of what bindings give its ServiceAccount and its groups; whoever breaks into it has the same.',
  severity: 'high',
  cis: [
    { section: '5.1.1' },
    { section: '5.1.2' },
    { section: '5.1.3' },
    { section: '5.1.4' },
    { section: '5.1.5' },
    { section: '5.1.6' },
    { section: '5.1.7' },
    { section: '5.1.8' },
  ],
  nsa: 'Role-based access control',
  parameters: {
    beyond: powers('What none may do in another namespace or in the whole cluster.', NAMES),
    within: powers('What none may do in its own namespace either.', NEVER),
  },
  remediation: 'Bind a role with less in it, or in one namespace, or exempt the ServiceAccount by name.',
  judge: (stack, { beyond, within }) => {
    const permissions = new Permissions(stack);
    return usedAccounts(stack).flatMap((account): Finding[] => {
      const namespace = namespaceOf(account);
      return permissions
        .of({ namespace, name: String(account.metadata?.name) })
        .map((given) => {
          const denied = (given.namespace === namespace ? within : beyond) as Power[];
          return { ...given, powers: given.powers.filter((power) => denied.includes(power)) };
        })
        .filter((given) => given.powers.length > 0)
        .map((given) => ({ object: account, found: excess(given) }));
    });
  },
  samples: {
    allowed: [
      sample('nothing bound', [asRobot, reader]),
      sample('nothing that matters', [asRobot, plain, clusterRoleBinding('sample', robot)]),
      sample('in its own namespace', [asRobot, reader, roleBinding('sample', robot)]),
      sample('of a ServiceAccount that no pod runs as', [pod(), reader, clusterRoleBinding('sample', robot)]),
      sample('of one with the same name elsewhere', [
        elsewhere(asRobot),
        reader,
        clusterRoleBinding('sample', robot),
      ]),
      sample('of the ServiceAccounts of another namespace', [
        asRobot,
        reader,
        clusterRoleBinding('sample', subject('Group', 'system:serviceaccounts:other')),
      ]),
      sample('what there is in no namespace', [
        asRobot,
        clusterRole(rule('', ['nodes/proxy'], ['get'])),
        elsewhere(roleBinding('sample', robot)),
      ]),
      sample('a Role of the same name elsewhere', [
        asRobot,
        elsewhere(escalating),
        { ...roleBinding('sample', robot), ...toRole },
      ]),
      sample('the built-in view', [asRobot, clusterRoleBinding('view', robot)]),
      sample('what the parameters leave out', [asRobot, reader, clusterRoleBinding('sample', robot)], {
        beyond: ['make pods'],
      }),
      sample('no binding at all', [asRobot]),
    ],
    denied: [
      sample('in the whole cluster', [asRobot, reader, clusterRoleBinding('sample', robot)]),
      sample('in another namespace', [asRobot, reader, elsewhere(roleBinding('sample', robot))]),
      sample('what goes beyond its own namespace', [
        asRobot,
        escalating,
        { ...roleBinding('sample', robot), ...toRole },
      ]),
      sample('what the parameters add', [asRobot, reader, roleBinding('sample', robot)], {
        within: ['read Secrets'],
      }),
      sample('by a wildcard', [
        asRobot,
        clusterRole(rule('*', ['*'], ['*'])),
        clusterRoleBinding('sample', robot),
      ]),
      sample('a ServiceAccount of the same namespace', [
        asRobot,
        escalating,
        { ...roleBinding('sample', { kind: 'ServiceAccount', name: 'robot' }), ...toRole },
      ]),
      ...['serviceaccounts', 'serviceaccounts:samples', 'authenticated'].map((group) =>
        sample(`by the group system:${group}`, [
          asRobot,
          reader,
          clusterRoleBinding('sample', subject('Group', `system:${group}`)),
        ]),
      ),
      sample('by its user name', [
        asRobot,
        reader,
        clusterRoleBinding('sample', subject('User', 'system:serviceaccount:samples:robot')),
      ]),
      sample('the default ServiceAccount', [
        pod({ serviceAccountName: '' }),
        reader,
        clusterRoleBinding('sample', subject('ServiceAccount', 'default')),
      ]),
      sample('by the deprecated field', [
        pod({ serviceAccount: 'robot' }),
        reader,
        clusterRoleBinding('sample', robot),
      ]),
      sample('a CronJob', [
        workload('CronJob', { serviceAccountName: 'robot' }),
        clusterRoleBinding('cluster-admin', robot),
      ]),
      sample('the built-in edit', [asRobot, clusterRoleBinding('edit', robot)]),
      sample('what was added to the built-in view', [
        asRobot,
        labelled(reader, { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }),
        clusterRoleBinding('view', robot),
      ]),
      sample('by a role that is made of others', [
        asRobot,
        aggregated(),
        labelled(named('part', reader), AGGREGATED),
        clusterRoleBinding('sample', robot),
      ]),
      sample('a ServiceAccount of the stack', [
        asRobot,
        named('robot', object('v1', 'ServiceAccount')),
        reader,
        clusterRoleBinding('sample', robot),
      ]),
    ],
  },
};
