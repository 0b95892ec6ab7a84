import type { ObjectControl } from '../../control';
import { noPower, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-makes-pods',
  covers: ['RB-04'],
  title: 'No role makes pods or what makes them',
  why: 'Whoever makes a pod runs as any ServiceAccount of its namespace, and mounts any Secret there.',
  severity: 'high',
  cis: [{ section: '5.1.4' }],
  nsa: 'Role-based access control',
  ...noPower('make pods'),
  remediation:
    'Leave create, update and patch on pods and workloads to the controllers that need it, allowed by name.',
  samples: roleSamples(POWERS['make pods']),
};
