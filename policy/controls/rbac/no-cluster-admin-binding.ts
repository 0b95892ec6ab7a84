import type { ObjectControl } from '../../control';
import { noSubject } from '../../parts/rbac';
import {
  builtIn,
  clusterRoleBinding,
  noSubjects,
  ownSamples,
  roleBinding,
  subject,
} from '../../parts/role-samples';
import { sample } from '../../samples';

/** A ServiceAccount that names no namespace is one of the binding's. */
const NAMESPACE =
  "(s.?kind.orValue('') != 'ServiceAccount' ? '' : " +
  "(s.?namespace.orValue('') != '' ? s.namespace : object.?metadata.?namespace.orValue('')) + '/')";
/** A subject as the parameter names it. */
const SUBJECT = `s.?kind.orValue('') + '/' + ${NAMESPACE} + s.?name.orValue('')`;

const admins = subject('Group', 'platform-admins');
const masters = subject('Group', 'system:masters');
const own = ownSamples(clusterRoleBinding('cluster-admin', masters));
const robot = subject('ServiceAccount', 'robot');

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-cluster-admin-binding',
  covers: ['RB-01'],
  title: 'Nobody is bound to cluster-admin but who is allowed to be',
  why: 'Who is cluster-admin may do anything to everything: each of its subjects is a key to the whole cluster.',
  severity: 'critical',
  cis: [{ section: '5.1.1' }],
  nsa: 'Role-based access control',
  parameters: {
    subjects: {
      type: 'array',
      items: { type: 'string', pattern: '^(User/.+|Group/.+|ServiceAccount/[^/]+/[^/]+)$' },
      description: 'Who may be bound: Group/name, User/name or ServiceAccount/namespace/name.',
      default: [],
    },
  },
  ...noSubject(`!(${SUBJECT} in variables.params.subjects)`, {
    about:
      "object.?roleRef.?kind.orValue('') == 'ClusterRole' && object.?roleRef.?name.orValue('') == 'cluster-admin'",
    hasBuiltIn: true,
  }),
  remediation: 'Bind a role with what is needed, or allow the subject by name.',
  samples: {
    allowed: [
      sample('another role', clusterRoleBinding('view', admins)),
      sample('a Role of that name', {
        ...roleBinding('cluster-admin', admins),
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'cluster-admin' },
      }),
      sample('no subjects', noSubjects('cluster-admin')),
      sample('an empty list of subjects', clusterRoleBinding('cluster-admin')),
      sample('an allowed group', clusterRoleBinding('cluster-admin', admins), {
        subjects: ['Group/platform-admins'],
      }),
      sample('an allowed ServiceAccount', roleBinding('cluster-admin', robot), {
        subjects: ['ServiceAccount/samples/robot'],
      }),
      sample(
        'an allowed ServiceAccount of the same namespace',
        roleBinding('cluster-admin', { kind: 'ServiceAccount', name: 'robot' }),
        { subjects: ['ServiceAccount/samples/robot'] },
      ),
      ...own.allowed,
    ],
    denied: [
      sample('a group', clusterRoleBinding('cluster-admin', admins)),
      sample('in one namespace', roleBinding('cluster-admin', admins)),
      sample('one of two subjects', clusterRoleBinding('cluster-admin', admins, robot), {
        subjects: ['Group/platform-admins'],
      }),
      sample(
        'a user with the name of an allowed group',
        clusterRoleBinding('cluster-admin', subject('User', 'a')),
        {
          subjects: ['Group/a'],
        },
      ),
      sample('a ServiceAccount of another namespace', clusterRoleBinding('cluster-admin', robot), {
        subjects: ['ServiceAccount/other/robot', 'User/robot'],
      }),
      ...own.denied,
      sample(
        "a group beside the cluster's own",
        builtIn('cluster-admin', clusterRoleBinding('cluster-admin', masters, admins)),
      ),
      sample(
        'a name that only looks like the own one of the cluster',
        builtIn('system:backdoor', clusterRoleBinding('cluster-admin', admins)),
      ),
      sample(
        "a user with the name of the cluster's own group",
        builtIn('cluster-admin', clusterRoleBinding('cluster-admin', subject('User', 'system:masters'))),
      ),
    ],
  },
};
