import type { ObjectControl } from '../../control';
import { pod, sample, workload } from '../../samples';

const FIELDS = ['hostPID', 'hostIPC', 'hostNetwork'];

const shares = (field: string): string => `variables.podSpec.?${field}.orValue(false)`;
const shared = FIELDS.map((field) => `${shares(field)} ? '${field}' : ''`).join(', ');

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-host-namespaces',
  covers: ['PSB-02', 'PSB-03', 'PSB-04'],
  title: "No pod shares its node's process, IPC or network namespace",
  why: "A pod in a node's namespaces sees its processes, its memory and its traffic, past every network policy.",
  severity: 'high',
  cis: [{ section: '5.2.3' }, { section: '5.2.4' }, { section: '5.2.5' }],
  pss: 'baseline',
  match: ['podBearing'],
  expression: FIELDS.map((field) => `!${shares(field)}`).join(' && '),
  message: `'the pod has ' + [${shared}].filter(f, f != '').join(', ')`,
  remediation: 'Leave hostPID, hostIPC and hostNetwork out; reach the pod through a Service.',
  samples: {
    allowed: [
      sample('none named', pod()),
      sample('all false', pod({ hostPID: false, hostIPC: false, hostNetwork: false })),
      sample('null', pod({ hostNetwork: null })),
      sample('in a StatefulSet', workload('StatefulSet', { hostNetwork: false })),
    ],
    denied: [
      ...FIELDS.map((field) => sample(field, pod({ [field]: true }))),
      sample('two of them', pod({ hostPID: true, hostNetwork: true })),
      sample('in a Deployment', workload('Deployment', { hostNetwork: true })),
      sample('in a CronJob', workload('CronJob', { hostPID: true })),
    ],
  },
};
