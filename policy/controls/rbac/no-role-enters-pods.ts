import type { ObjectControl } from '../../control';
import { noPower, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-enters-pods',
  covers: ['RB-12'],
  title: 'No role enters running pods',
  why: 'Whoever enters a pod has its data, its credentials and its place in the network.',
  severity: 'high',
  cis: [],
  nsa: 'Role-based access control',
  ...noPower('enter pods'),
  remediation:
    'Drop pods/exec, pods/attach, pods/portforward and pods/ephemeralcontainers; allow roles for debugging by name.',
  samples: roleSamples(POWERS['enter pods']),
};
