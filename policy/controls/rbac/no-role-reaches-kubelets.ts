import type { ObjectControl } from '../../control';
import { noPower, POWERS } from '../../parts/rbac';
import { roleSamples } from '../../parts/role-samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-reaches-kubelets',
  covers: ['RB-08'],
  title: 'No role reaches the kubelets through nodes/proxy',
  why: 'The kubelet runs commands in every pod of its node, past admission and the audit log.',
  severity: 'high',
  cis: [{ section: '5.1.10' }],
  nsa: 'Role-based access control',
  ...noPower('reach kubelets'),
  remediation: 'Use nodes/metrics or nodes/stats for metrics; drop nodes/proxy.',
  samples: roleSamples(POWERS['reach kubelets']),
};
