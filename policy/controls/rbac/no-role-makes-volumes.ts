import type { ObjectControl } from '../../control';
import { grants, noRule, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

const GRANTS = POWERS['make PersistentVolumes'];

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-makes-volumes',
  covers: ['RB-07'],
  title: 'No role makes PersistentVolumes',
  why: 'A PersistentVolume may be a folder of a node, so whoever makes one reads and writes the node.',
  severity: 'medium',
  cis: [{ section: '5.1.9' }],
  nsa: 'Role-based access control',
  ...noRule(grants(GRANTS)),
  remediation: 'Let a storage class provision volumes; allow its controller by name.',
  samples: roleSamples(GRANTS),
};
