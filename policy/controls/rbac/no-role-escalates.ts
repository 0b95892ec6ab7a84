import type { ObjectControl } from '../../control';
import { grants, noRule, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

const GRANTS = POWERS['take what it was not given'];

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-escalates',
  covers: ['RB-06'],
  title: 'No role binds, escalates or impersonates',
  why: 'With bind, escalate or impersonate one takes rights that one was never given.',
  severity: 'critical',
  cis: [{ section: '5.1.8' }],
  nsa: 'Role-based access control',
  ...noRule(grants(GRANTS)),
  remediation: 'Drop the verbs bind, escalate and impersonate; grant what is needed by itself.',
  samples: roleSamples(GRANTS),
};
