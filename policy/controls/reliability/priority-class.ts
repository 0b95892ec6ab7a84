import type { ObjectControl } from '../../control';
import { pod, sample, workload } from '../../samples';

const NAME = "variables.podSpec.?priorityClassName.orValue('')";

export const control: ObjectControl = {
  scope: 'object',
  id: 'priority-class',
  covers: ['REL-11'],
  title: 'Every pod says how important it is',
  why: 'Without a priority the pods that matter wait, or are driven out, as readily as any other.',
  severity: 'low',
  cis: [],
  match: ['podBearing'],
  parameters: {
    classes: {
      type: 'array',
      items: { type: 'string' },
      description: 'Priority classes that may be named. Empty: any.',
      default: [],
    },
  },
  expression: `${NAME} != '' && (variables.params.classes.size() == 0 || ${NAME} in variables.params.classes)`,
  message: `${NAME} == '' ? 'its pods have no priorityClassName' : 'its pods have the priority class ' + ${NAME}`,
  remediation: 'Set priorityClassName to one of the parameter classes.',
  samples: {
    allowed: [
      sample('a class', pod({ priorityClassName: 'system-cluster-critical' })),
      sample('one of those allowed', pod({ priorityClassName: 'system-node-critical' }), {
        classes: ['system-node-critical'],
      }),
      sample('in a Deployment', workload('Deployment', { priorityClassName: 'batch' })),
    ],
    denied: [
      sample('none', pod()),
      sample('an empty one', pod({ priorityClassName: '' })),
      sample('another one', pod({ priorityClassName: 'system-node-critical' }), { classes: ['batch'] }),
      sample('in a CronJob', workload('CronJob')),
    ],
  },
};
