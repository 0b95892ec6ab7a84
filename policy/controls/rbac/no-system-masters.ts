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

const masters = subject('Group', 'system:masters');
const own = ownSamples(clusterRoleBinding('cluster-admin', masters));

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-system-masters',
  covers: ['RB-05'],
  title: 'No binding counts on the group system:masters',
  why: 'The API server asks nobody about system:masters: its rights can be neither limited nor taken back.',
  severity: 'critical',
  cis: [{ section: '5.1.7' }],
  nsa: 'Role-based access control',
  ...noSubject("s.?kind.orValue('') == 'Group' && s.?name.orValue('') == 'system:masters'", {
    hasBuiltIn: true,
  }),
  remediation: 'Bind a group of your own identity provider.',
  samples: {
    allowed: [
      sample('another group', clusterRoleBinding('view', subject('Group', 'platform-admins'))),
      sample('a user of that name, who is another', roleBinding('view', subject('User', 'system:masters'))),
      sample('no subjects', noSubjects('view')),
      sample('an empty list of subjects', clusterRoleBinding('view')),
      ...own.allowed,
    ],
    denied: [
      sample('cluster-wide', clusterRoleBinding('view', masters)),
      sample('in one namespace', roleBinding('view', masters)),
      sample('among others', clusterRoleBinding('view', subject('User', 'jane'), masters)),
      ...own.denied,
      sample(
        "another role, by the name of the cluster's own",
        builtIn('cluster-admin', clusterRoleBinding('view', masters)),
      ),
    ],
  },
};
