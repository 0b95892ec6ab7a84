import type { ObjectControl } from '../../control';
import { probeControl } from '../../parts/probes';

export const control: ObjectControl = {
  scope: 'object',
  id: 'liveness-probe',
  covers: ['REL-01'],
  title: 'Every container that stays has a liveness probe',
  why: 'Without one a program that hangs is left to hang.',
  severity: 'medium',
  cis: [],
  remediation: 'Add a livenessProbe that fails only where a restart would help.',
  ...probeControl('livenessProbe'),
};
