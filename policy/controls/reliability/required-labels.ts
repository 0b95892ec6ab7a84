import type { ObjectControl } from '../../control';
import { labelled, pod, sample, workload } from '../../samples';

const VALUE = "object.?metadata.?labels[?l].orValue('')";
const NAME = 'app.kubernetes.io/name';

export const control: ObjectControl = {
  scope: 'object',
  id: 'required-labels',
  covers: ['REL-18'],
  title: 'Every workload carries the required labels',
  why: 'Without labels nobody can tell whose a workload is, select it in a policy, or count what it costs.',
  severity: 'low',
  cis: [],
  match: ['podBearing'],
  parameters: {
    labels: {
      type: 'array',
      items: { type: 'string' },
      description: 'Keys of labels that must be there with a value.',
      default: [NAME],
    },
  },
  expression: `variables.params.labels.all(l, ${VALUE} != '')`,
  message: `'it lacks the labels ' + variables.params.labels.filter(l, ${VALUE} == '').join(', ')`,
  remediation: 'Add them to metadata.labels.',
  samples: {
    allowed: [
      sample('the default label', pod()),
      sample('more labels', labelled(pod(), { [NAME]: 'app', team: 'shop' })),
      sample('none required', labelled(pod()), { labels: [] }),
      sample('another required', labelled(workload('Deployment'), { team: 'shop' }), { labels: ['team'] }),
      sample('a CronJob', workload('CronJob')),
    ],
    denied: [
      sample('no labels', labelled(pod())),
      sample('empty labels', labelled(pod(), {})),
      sample('an empty value', labelled(pod(), { [NAME]: '' })),
      sample('another label', labelled(pod(), { app: 'app' })),
      sample('one of two', pod(), { labels: [NAME, 'team'] }),
      sample('in the pod template only', labelled(workload('Deployment'))),
      sample('a CronJob', labelled(workload('CronJob'))),
    ],
  },
};
