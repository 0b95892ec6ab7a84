import type { ObjectControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { specOf } from '../../parts/scaling';
import { sample, workload } from '../../samples';

const spec = 'object.?spec';
/** CEL: what is wrong, or an empty text. What is left out the API server fills in. */
const wrong = [
  [
    `!(${spec}.?concurrencyPolicy.orValue('Allow') in ['Forbid', 'Replace'])`,
    'one run may start while the last still runs',
  ],
  // The controller looks every ten seconds, and misses a shorter time.
  [
    `int(${spec}.?startingDeadlineSeconds.orValue(0)) < 10`,
    'it has no startingDeadlineSeconds of 10 or more',
  ],
  [
    `int(${spec}.?successfulJobsHistoryLimit.orValue(3)) > variables.params.history`,
    'it keeps too many Jobs that succeeded',
  ],
  [
    `int(${spec}.?failedJobsHistoryLimit.orValue(1)) > variables.params.history`,
    'it keeps too many Jobs that failed',
  ],
].reduceRight((otherwise, [bad, words]) => `${bad} ? '${words}' : ${otherwise}`, "''");

const cronJob = (fields: object): KubernetesObject => {
  const base = workload('CronJob');
  return { ...base, spec: { ...specOf(base), ...fields } };
};
const GOOD = { concurrencyPolicy: 'Forbid', startingDeadlineSeconds: 300 };

export const control: ObjectControl = {
  scope: 'object',
  id: 'cron-job-limits',
  covers: ['REL-13'],
  title: 'Every CronJob bounds how late, how often at once and how long remembered its runs are',
  why: 'Runs that overlap work against each other, and after a hundred missed ones the controller starts no more.',
  severity: 'low',
  cis: [],
  match: ['cronJob'],
  parameters: {
    history: {
      type: 'integer',
      minimum: 0,
      description: 'The most ended Jobs to keep, of each sort.',
      default: 10,
    },
  },
  expression: `(${wrong}) == ''`,
  message: wrong,
  remediation:
    'Set concurrencyPolicy to Forbid or Replace, startingDeadlineSeconds, and history limits of the parameter history or less.',
  samples: {
    allowed: [
      sample('one at a time', cronJob(GOOD)),
      sample('the last one counts', cronJob({ ...GOOD, concurrencyPolicy: 'Replace' })),
      sample('the shortest deadline', cronJob({ ...GOOD, startingDeadlineSeconds: 10 })),
      sample('the longest history of failures', cronJob({ ...GOOD, failedJobsHistoryLimit: 10 })),
      sample('no history', cronJob({ ...GOOD, successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 0 })),
      sample('the longest history', cronJob({ ...GOOD, successfulJobsHistoryLimit: 10 })),
    ],
    denied: [
      sample('nothing said', workload('CronJob')),
      sample('all at once', cronJob({ ...GOOD, concurrencyPolicy: 'Allow' })),
      sample('no deadline', cronJob({ concurrencyPolicy: 'Forbid' })),
      sample('a deadline of zero', cronJob({ ...GOOD, startingDeadlineSeconds: 0 })),
      sample('a deadline that is always missed', cronJob({ ...GOOD, startingDeadlineSeconds: 5 })),
      sample('a long history', cronJob({ ...GOOD, successfulJobsHistoryLimit: 11 })),
      sample('a long history of failures', cronJob({ ...GOOD, failedJobsHistoryLimit: 100 })),
      sample('the default is more than allowed', cronJob(GOOD), { history: 2 }),
    ],
  },
};
