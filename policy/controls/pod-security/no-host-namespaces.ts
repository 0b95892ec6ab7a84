import type { ObjectControl } from '../../control';
import { podSpecOf } from '../../objects';
import { pod, sample, workload } from '../../samples';

const FIELDS = ['hostPID', 'hostIPC'];

const shares = (field: string): string => `variables.podSpec.?${field}.orValue(false)`;
const shared = FIELDS.map((field) => `${shares(field)} ? '${field}' : ''`).join(', ');

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-host-namespaces',
  covers: ['PSB-02', 'PSB-03'],
  title: "No pod shares its node's process or IPC namespace",
  why: "A pod in a node's namespaces sees its processes, with what is in their environment, and its shared memory.",
  severity: 'high',
  cis: [{ section: '5.2.3' }, { section: '5.2.4' }],
  pss: 'baseline',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  expression: FIELDS.map((field) => `!${shares(field)}`).join(' && '),
  message: `'the pod has ' + [${shared}].filter(f, f != '').join(', ')`,
  remediation: 'Leave hostPID and hostIPC out.',
  fix: (object) => {
    const spec = podSpecOf(object);
    for (const field of FIELDS) if (spec[field] === true) spec[field] = false;
  },
  samples: {
    allowed: [
      sample('none named', pod()),
      sample('all false', pod({ hostPID: false, hostIPC: false })),
      sample('null', pod({ hostPID: null })),
      sample('another namespace of the node', pod({ hostNetwork: true })),
      sample('in a StatefulSet', workload('StatefulSet', { hostPID: false })),
    ],
    denied: [
      ...FIELDS.map((field) => sample(field, pod({ [field]: true }))),
      sample('both', pod({ hostPID: true, hostIPC: true })),
      sample('in a Deployment', workload('Deployment', { hostIPC: true })),
      sample('in a CronJob', workload('CronJob', { hostPID: true })),
    ],
  },
};
