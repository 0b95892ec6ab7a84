import type { ObjectControl } from '../../control';
import { probeControl } from '../../parts/probes';

export const control: ObjectControl = {
  scope: 'object',
  id: 'readiness-probe',
  covers: ['REL-02'],
  title: 'Every container that stays has a readiness probe',
  why: 'Without one a pod is sent requests, and an update goes on, before the program can answer.',
  severity: 'medium',
  cis: [],
  remediation: 'Add a readinessProbe that succeeds once the program can do its work.',
  ...probeControl('readinessProbe'),
};
