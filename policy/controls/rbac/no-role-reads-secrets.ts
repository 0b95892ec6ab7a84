import type { ObjectControl } from '../../control';
import { grants, noRule, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

const GRANTS = POWERS['read Secrets'];

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-reads-secrets',
  covers: ['RB-02'],
  title: 'No role reads Secrets that it does not name',
  why: 'Whoever reads all Secrets has every credential in reach, tokens of stronger ServiceAccounts among them.',
  severity: 'high',
  cis: [{ section: '5.1.2' }],
  nsa: 'Role-based access control',
  ...noRule(grants(GRANTS)),
  remediation: 'Name the Secrets in resourceNames, mount what a pod needs, or allow the role by name.',
  samples: roleSamples(GRANTS),
};
