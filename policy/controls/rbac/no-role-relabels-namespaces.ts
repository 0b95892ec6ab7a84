import type { ObjectControl } from '../../control';
import { noPower, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-relabels-namespaces',
  covers: ['RB-16'],
  title: 'No role relabels namespaces',
  why: 'Labels of a namespace turn Pod Security, injection and network policies on and off: whoever writes them takes the guards off.',
  severity: 'high',
  cis: [{ section: '5.2.1' }],
  nsa: 'Role-based access control',
  ...noPower('relabel namespaces'),
  remediation: 'Drop update and patch on namespaces and their subresources, or allow the role by name.',
  samples: roleSamples(POWERS['relabel namespaces']),
};
