import type { ObjectControl } from '../../control';
import { podSpecOf } from '../../objects';
import { pod, sample, workload } from '../../samples';

const shared = { shareProcessNamespace: true };

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-shared-process-namespace',
  covers: ['POD-11'],
  title: 'No pod lets its containers see the processes of each other',
  why: 'In a shared namespace each container reads the environment and the file system of the others, and kills them.',
  severity: 'medium',
  cis: [],
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  expression: '!variables.podSpec.?shareProcessNamespace.orValue(false)',
  message: "'the pod has shareProcessNamespace'",
  remediation: 'Leave shareProcessNamespace out.',
  fix: (object) => {
    const spec = podSpecOf(object);
    if (spec.shareProcessNamespace === true) delete spec.shareProcessNamespace;
  },
  samples: {
    allowed: [
      sample('none named', pod()),
      sample('false', pod({ shareProcessNamespace: false })),
      sample('null', pod({ shareProcessNamespace: null })),
      sample('in a Deployment', workload('Deployment')),
    ],
    denied: [
      sample('true', pod(shared)),
      sample('in a Deployment', workload('Deployment', shared)),
      sample('in a CronJob', workload('CronJob', shared)),
    ],
  },
};
