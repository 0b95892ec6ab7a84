import type { ObjectControl } from '../../control';
import { noSubject } from '../../parts/rbac';
import { builtIn, clusterRoleBinding, noSubjects, roleBinding, subject } from '../../parts/role-samples';
import { sample } from '../../samples';

const DEFAULT =
  "(s.?kind.orValue('') == 'ServiceAccount' && s.?name.orValue('') == 'default') || " +
  // As it is authenticated.
  "(s.?kind.orValue('') == 'User' && s.?name.orValue('').matches('^system:serviceaccount:[^:]*:default$'))";

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-default-account-binding',
  covers: ['RB-13'],
  title: 'No role is bound to a ServiceAccount named default',
  why: 'Every pod that names no ServiceAccount runs as default, and so has whatever it is given.',
  severity: 'high',
  cis: [{ section: '5.1.5' }],
  nsa: 'Role-based access control',
  ...noSubject(DEFAULT),
  remediation: 'Give the workload a ServiceAccount of its own and bind that.',
  samples: {
    allowed: [
      sample('another ServiceAccount', roleBinding('view', subject('ServiceAccount', 'api'))),
      sample('a group of that name', roleBinding('view', subject('Group', 'default'))),
      sample(
        'another one by its user name',
        roleBinding('view', subject('User', 'system:serviceaccount:a:default-b')),
      ),
      sample('no subjects', noSubjects('view')),
      sample(
        'a group with the user name of one',
        roleBinding('view', subject('Group', 'system:serviceaccount:samples:default')),
      ),
      sample('an empty list of subjects', clusterRoleBinding('view')),
    ],
    denied: [
      sample(
        "the name and the label of the cluster's own",
        builtIn('cluster-admin', clusterRoleBinding('cluster-admin', subject('ServiceAccount', 'default'))),
      ),
      sample('in its namespace', roleBinding('view', subject('ServiceAccount', 'default'))),
      sample('cluster-wide', clusterRoleBinding('view', subject('ServiceAccount', 'default'))),
      sample(
        'among others',
        roleBinding('view', subject('ServiceAccount', 'api'), subject('ServiceAccount', 'default')),
      ),
      sample(
        'by its user name',
        roleBinding('view', subject('User', 'system:serviceaccount:samples:default')),
      ),
    ],
  },
};
