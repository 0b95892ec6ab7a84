import type { ObjectControl } from '../../control';
import { grants, noRule, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

const GRANTS = POWERS['enter pods'];

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-enters-pods',
  covers: ['RB-12'],
  title: 'No role enters running pods',
  why: 'Whoever enters a pod has its data, its credentials and its place in the network.',
  severity: 'high',
  cis: [],
  nsa: 'Role-based access control',
  ...noRule(grants(GRANTS)),
  remediation:
    'Drop pods/exec, pods/attach, pods/portforward and pods/ephemeralcontainers; allow roles for debugging by name.',
  samples: roleSamples(GRANTS),
};
