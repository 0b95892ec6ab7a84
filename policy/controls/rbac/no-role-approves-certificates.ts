import type { ObjectControl } from '../../control';
import { noPower, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-approves-certificates',
  covers: ['RB-09'],
  title: 'No role approves certificates',
  why: 'Whoever approves a certificate signing request makes credentials for any user or node.',
  severity: 'high',
  cis: [{ section: '5.1.11' }],
  nsa: 'Role-based access control',
  ...noPower('approve certificates'),
  remediation: 'Leave certificatesigningrequests/approval and signers to the approver, allowed by name.',
  samples: roleSamples(POWERS['approve certificates']),
};
