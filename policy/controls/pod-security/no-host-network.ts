import type { ObjectControl } from '../../control';
import { pod, sample, workload } from '../../samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-host-network',
  covers: ['PSB-04'],
  title: "No pod shares its node's network",
  why: "On its node's network a pod is past every network policy, sees the node's traffic and reaches its local services.",
  severity: 'high',
  cis: [{ section: '5.2.5' }],
  pss: 'baseline',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  expression: '!variables.podSpec.?hostNetwork.orValue(false)',
  message: "'the pod has hostNetwork'",
  remediation: 'Leave hostNetwork out; reach the pod through a Service.',
  samples: {
    allowed: [
      sample('nothing said', pod()),
      sample('false', pod({ hostNetwork: false })),
      sample('null', pod({ hostNetwork: null })),
      sample('another namespace of the node', pod({ hostPID: true })),
      sample('in a StatefulSet', workload('StatefulSet', { hostNetwork: false })),
    ],
    denied: [
      sample('a Pod', pod({ hostNetwork: true })),
      sample('a Pod for Windows', pod({ hostNetwork: true, os: { name: 'windows' } })),
      sample('in a Deployment', workload('Deployment', { hostNetwork: true })),
      sample('in a CronJob', workload('CronJob', { hostNetwork: true })),
    ],
  },
};
