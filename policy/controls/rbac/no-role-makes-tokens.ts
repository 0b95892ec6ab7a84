import type { ObjectControl } from '../../control';
import { noPower, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-makes-tokens',
  covers: ['RB-11'],
  title: 'No role makes tokens of ServiceAccounts that it does not name',
  why: 'Whoever makes a token of a ServiceAccount has all of its rights, from anywhere.',
  severity: 'high',
  cis: [{ section: '5.1.13' }],
  nsa: 'Role-based access control',
  ...noPower('make tokens'),
  remediation: 'Name the ServiceAccount in resourceNames, or allow the role by name.',
  samples: roleSamples(POWERS['make tokens']),
};
