import type { ObjectControl } from '../../control';
import { noPower, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-escalates',
  covers: ['RB-06'],
  title: 'No role binds, escalates or impersonates',
  why: 'With bind, escalate or impersonate one takes rights that one was never given.',
  severity: 'critical',
  cis: [{ section: '5.1.8' }],
  nsa: 'Role-based access control',
  ...noPower('take what it was not given'),
  remediation: 'Drop the verbs bind, escalate and impersonate; grant what is needed by itself.',
  samples: roleSamples(POWERS['take what it was not given']),
};
