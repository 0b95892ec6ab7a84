import type { ObjectControl } from '../../control';
import { labelled, pod, sample, workload } from '../../samples';

/** CEL over an entry: its key, and what the value must match. */
const key = (entry: string): string => `${entry}.split('=')[0]`;
const pattern = (entry: string): string =>
  `(${entry}.contains('=') ? ${entry}.substring(${entry}.indexOf('=') + 1) : '.+')`;
const good = (field: string): string =>
  `string(object.?metadata.?${field}[?${key('e')}].orValue('')).matches('^(' + ${pattern('e')} + ')$')`;
const lacking = (field: string): string => `variables.params.${field}.filter(e, !${good(field)})`;
const NAME = 'app.kubernetes.io/name';

const annotated = (annotations: object): ReturnType<typeof pod> => {
  const base = pod();
  return { ...base, metadata: { ...base.metadata, annotations } };
};

export const control: ObjectControl = {
  scope: 'object',
  id: 'required-labels',
  covers: ['REL-18'],
  title: 'Every workload carries the required labels and annotations',
  why: 'Without labels nobody can tell whose a workload is, select it in a policy, or count what it costs.',
  severity: 'low',
  cis: [],
  match: ['podBearing'],
  parameters: {
    labels: {
      type: 'array',
      items: { type: 'string' },
      description:
        'Labels that must be there: a key, or a key, = and a regular expression that the value matches.',
      default: [NAME],
    },
    annotations: {
      type: 'array',
      items: { type: 'string' },
      description: 'Annotations that must be there, in the same form.',
      default: [],
    },
  },
  expression: ['labels', 'annotations']
    .map((field) => `variables.params.${field}.all(e, ${good(field)})`)
    .join(' && '),
  message:
    `${lacking('labels')}.size() > 0 ? 'it lacks the labels ' + ${lacking('labels')}.join(', ') : ` +
    `'it lacks the annotations ' + ${lacking('annotations')}.join(', ')`,
  remediation: 'Add them to the metadata.',
  samples: {
    allowed: [
      sample('the default label', pod()),
      sample('more labels', labelled(pod(), { [NAME]: 'app', team: 'shop' })),
      sample('none required', labelled(pod()), { labels: [] }),
      sample('another required', labelled(workload('Deployment'), { team: 'shop' }), { labels: ['team'] }),
      sample('a value that matches', labelled(pod(), { team: 'shop-1' }), { labels: ['team=[a-z]+-[0-9]+'] }),
      sample('an annotation', annotated({ owner: 'a=b' }), { annotations: ['owner=a=b'] }),
      sample('a CronJob', workload('CronJob')),
    ],
    denied: [
      sample('no labels', labelled(pod())),
      sample('empty labels', labelled(pod(), {})),
      sample('an empty value', labelled(pod(), { [NAME]: '' })),
      sample('another label', labelled(pod(), { app: 'app' })),
      sample('one of two', pod(), { labels: [NAME, 'team'] }),
      sample('a value that does not match', labelled(pod(), { team: 'shop' }), {
        labels: ['team=[a-z]+-[0-9]+'],
      }),
      sample('a value that matches in part', labelled(pod(), { team: 'shop-1a' }), {
        labels: ['team=[a-z]+-[0-9]+'],
      }),
      sample('no annotation', pod(), { annotations: ['owner'] }),
      sample('another annotation', annotated({ owner: 'c' }), { annotations: ['owner=a|b'] }),
      sample('in the pod template only', labelled(workload('Deployment'))),
      sample('a CronJob', labelled(workload('CronJob'))),
    ],
  },
};
