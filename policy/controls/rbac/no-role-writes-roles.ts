import type { ObjectControl } from '../../control';
import { noPower, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-writes-roles',
  covers: ['RB-15'],
  title: 'No role writes roles or bindings',
  why: 'Whoever writes roles and bindings shares out rights that nobody has reviewed.',
  severity: 'high',
  cis: [{ section: '5.1.8' }],
  nsa: 'Role-based access control',
  ...noPower('write roles and bindings'),
  remediation: 'Declare roles and bindings in the program; allow controllers that must write them by name.',
  samples: roleSamples(POWERS['write roles and bindings']),
};
