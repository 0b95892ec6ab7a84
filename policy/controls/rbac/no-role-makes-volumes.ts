import type { ObjectControl } from '../../control';
import { noPower, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-makes-volumes',
  covers: ['RB-07'],
  title: 'No role makes PersistentVolumes',
  why: 'A PersistentVolume may be a folder of a node, so whoever makes one reads and writes the node.',
  severity: 'medium',
  cis: [{ section: '5.1.9' }],
  nsa: 'Role-based access control',
  ...noPower('make PersistentVolumes'),
  remediation: 'Let a storage class provision volumes; allow its controller by name.',
  samples: roleSamples(POWERS['make PersistentVolumes']),
};
