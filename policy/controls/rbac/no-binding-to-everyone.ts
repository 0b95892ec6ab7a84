import type { ObjectControl } from '../../control';
import { allowList, IS_ALLOWED } from '../../parts/allow-list';
import { noSubject } from '../../parts/rbac';
import {
  builtIn,
  clusterRoleBinding,
  ownSamples,
  noSubjects,
  roleBinding,
  subject,
} from '../../parts/role-samples';
import { sample } from '../../samples';

const GROUPS = [
  'system:anonymous',
  'system:authenticated',
  'system:serviceaccounts',
  'system:unauthenticated',
];
const EVERYONE =
  "(s.?kind.orValue('') == 'User' && s.?name.orValue('') == 'system:anonymous') || " +
  `(s.?kind.orValue('') == 'Group' && s.?name.orValue('') in [${GROUPS.map((name) => `'${name}'`).join(', ')}])`;

const authenticated = subject('Group', 'system:authenticated');
const own = ownSamples(clusterRoleBinding('system:discovery', authenticated), 'system:discovery');
const anonymous = subject('User', 'system:anonymous');

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-binding-to-everyone',
  covers: ['RB-14'],
  title: 'No role is bound to everyone',
  why: 'What everyone has, anybody has who reaches the API server: without a login, with any login, from any pod.',
  severity: 'critical',
  cis: [{ section: '1.2.1' }],
  nsa: 'Authentication',
  ...noSubject(EVERYONE, { about: `!(${IS_ALLOWED})`, hasBuiltIn: true }),
  parameters: allowList('Bindings'),
  remediation: 'Bind the users, groups or ServiceAccounts that need it.',
  samples: {
    allowed: [
      sample(
        'a ServiceAccount of the anonymous user’s name',
        roleBinding('view', { ...subject('ServiceAccount', 'a'), name: 'system:anonymous' }),
      ),
      sample('a user with the name of a group', roleBinding('view', subject('User', 'system:authenticated'))),
      sample('a group', clusterRoleBinding('view', subject('Group', 'developers'))),
      sample('a user', clusterRoleBinding('view', subject('User', 'jane'))),
      sample(
        'every ServiceAccount of one namespace',
        roleBinding('view', subject('Group', 'system:serviceaccounts:samples')),
      ),
      sample('no subjects', noSubjects('view')),
      sample('an empty list of subjects', clusterRoleBinding('view')),
      ...own.allowed,
      sample('an allowed one', clusterRoleBinding('view', anonymous), { allow: ['sample'] }),
      sample('an allowed one of a namespace', roleBinding('view', anonymous), { allow: ['samples/sample'] }),
    ],
    denied: [
      sample('nobody in particular', roleBinding('view', anonymous)),
      ...GROUPS.map((name) =>
        sample(`the group ${name}`, clusterRoleBinding('view', subject('Group', name))),
      ),
      sample('among others', roleBinding('view', subject('Group', 'developers'), anonymous)),
      ...own.denied,
      sample(
        'a name that only looks like the own one of the cluster, as its role does',
        builtIn('system:backdoor', clusterRoleBinding('system:backdoor', authenticated)),
      ),
      sample(
        "another role, by the name of the cluster's own",
        builtIn('system:discovery', clusterRoleBinding('cluster-admin', authenticated)),
      ),
      sample(
        "somebody else beside the cluster's own",
        builtIn('system:discovery', clusterRoleBinding('system:discovery', authenticated, anonymous)),
      ),
      sample(
        "in a namespace, by the name of the cluster's own",
        builtIn('system:discovery', roleBinding('system:discovery', authenticated)),
      ),
      sample('an allowed name in a namespace', roleBinding('view', anonymous), { allow: ['sample'] }),
    ],
  },
};
