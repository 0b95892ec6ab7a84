import type { ObjectControl } from '../../control';
import { noPower, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-changes-admission',
  covers: ['RB-10'],
  title: 'No role changes what guards admission',
  why: 'Whoever writes a webhook configuration or an admission policy reads and changes every object, and takes every guard off.',
  severity: 'critical',
  cis: [{ section: '5.1.12' }],
  nsa: 'Role-based access control',
  ...noPower('change admission'),
  remediation: 'Name the configuration in resourceNames, or allow the role by name.',
  samples: roleSamples(POWERS['change admission']),
};
