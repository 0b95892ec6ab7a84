import type { ObjectControl } from '../../control';
import { ALSO_BUILT_IN } from '../../parts/built-in-roles';
import { noPower, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-reads-secrets',
  covers: ['RB-02'],
  title: 'No role reads Secrets that it does not name',
  why: 'Whoever reads all Secrets has every credential in reach, tokens of stronger ServiceAccounts among them.',
  severity: 'high',
  cis: [{ section: '5.1.2' }],
  nsa: 'Role-based access control',
  ...noPower('read Secrets', ALSO_BUILT_IN.secretsOfSystem),
  remediation: 'Name the Secrets in resourceNames, mount what a pod needs, or allow the role by name.',
  samples: roleSamples(POWERS['read Secrets']),
};
