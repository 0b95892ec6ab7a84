import type { ObjectControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { specOf } from '../../parts/scaling';
import { sample, workload } from '../../samples';

const HOOK = 'helm.sh/hook';
const DELETE_POLICY = 'helm.sh/hook-delete-policy';
/** CEL: the spec of a Job, or of those that a CronJob makes. */
const spec = "(object.kind == 'CronJob' ? object.?spec.?jobTemplate.?spec : object.?spec)";
/** Helm deletes its hook once that has succeeded; `before-hook-creation` keeps it until the next. */
const clearedByHelm =
  `object.?metadata.?annotations[?'${HOOK}'].orValue('') != '' && ` +
  `object.?metadata.?annotations[?'${DELETE_POLICY}'].orValue('').split(',').exists(p, p.trim() == 'hook-succeeded')`;
/** A CronJob clears its Jobs away by its history limits. */
const cleared =
  `object.kind == 'CronJob' || object.?metadata.?ownerReferences.orValue([]).exists(o, o.?kind.orValue('') == 'CronJob') || ` +
  `(${clearedByHelm}) || ${spec}.?ttlSecondsAfterFinished.hasValue()`;
/** CEL: what is wrong, or an empty text. */
const wrong = [
  [
    `int(${spec}.?activeDeadlineSeconds.orValue(0)) < 1`,
    'it may run for ever: it has no activeDeadlineSeconds',
  ],
  [`int(${spec}.?backoffLimit.orValue(6)) > variables.params.retries`, 'it is tried again too often'],
  [`!(${cleared})`, 'it stays when it has ended: it has no ttlSecondsAfterFinished'],
].reduceRight((otherwise, [bad, words]) => `${bad} ? '${words}' : ${otherwise}`, "''");

const job = (fields: object, metadata: object = {}): KubernetesObject => {
  const base = workload('Job');
  return { ...base, metadata: { ...base.metadata, ...metadata }, spec: { ...specOf(base), ...fields } };
};
const cronJob = (fields: object): KubernetesObject => {
  const base = workload('CronJob');
  const { jobTemplate, ...rest } = specOf(base) as { jobTemplate: { spec: object } };
  return { ...base, spec: { ...rest, jobTemplate: { spec: { ...jobTemplate.spec, ...fields } } } };
};
const hook = (policy: string): object => ({
  annotations: { [HOOK]: 'post-install', [DELETE_POLICY]: policy },
});
const GOOD = { activeDeadlineSeconds: 600, ttlSecondsAfterFinished: 3600 };
const owner = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  name: 'sample',
  uid: '00000000-0000-0000-0000-000000000000',
};

export const control: ObjectControl = {
  scope: 'object',
  id: 'job-limits',
  covers: ['REL-14'],
  title: 'Every Job ends, gives up and goes away',
  why: 'Jobs that hang, try for ever or stay when they are done fill the nodes and the API.',
  severity: 'low',
  cis: [],
  match: ['job', 'cronJob'],
  parameters: {
    retries: {
      type: 'integer',
      minimum: 0,
      description: 'The most times that a Job is tried again.',
      default: 6,
    },
  },
  expression: `(${wrong}) == ''`,
  message: wrong,
  remediation:
    'Set activeDeadlineSeconds, ttlSecondsAfterFinished, and a backoffLimit of the parameter retries or less.',
  samples: {
    allowed: [
      sample('bounded', job(GOOD)),
      sample('the shortest deadline', job({ ...GOOD, activeDeadlineSeconds: 1 })),
      sample('gone at once', job({ ...GOOD, ttlSecondsAfterFinished: 0 })),
      sample('never tried again', job({ ...GOOD, backoffLimit: 0 })),
      sample('a CronJob, which clears its Jobs away', cronJob({ activeDeadlineSeconds: 600 })),
      sample('a Job of a CronJob', job({ activeDeadlineSeconds: 600 }, { ownerReferences: [owner] })),
      sample('a hook that Helm clears away', job({ activeDeadlineSeconds: 600 }, hook('hook-succeeded'))),
      sample(
        'a hook that Helm clears away, one way or the other',
        job({ activeDeadlineSeconds: 600 }, hook('before-hook-creation, hook-succeeded')),
      ),
    ],
    denied: [
      sample('nothing said', workload('Job')),
      sample('no deadline', job({ ttlSecondsAfterFinished: 60 })),
      sample('it stays', job({ activeDeadlineSeconds: 600 })),
      sample('tried too often', job({ ...GOOD, backoffLimit: 7 })),
      sample('the default is too often', job(GOOD), { retries: 3 }),
      sample('a CronJob whose Jobs run for ever', workload('CronJob')),
      sample('a CronJob that tries too often', cronJob({ activeDeadlineSeconds: 600, backoffLimit: 100 })),
      sample('a hook that runs for ever', job({}, hook('hook-succeeded'))),
      sample(
        'a hook that stays until the next',
        job({ activeDeadlineSeconds: 600 }, hook('before-hook-creation')),
      ),
      sample('a hook that stays when it succeeds', job({ activeDeadlineSeconds: 600 }, hook('hook-failed'))),
      sample(
        'no hook, with what clears hooks away',
        job({ activeDeadlineSeconds: 600 }, { annotations: { [DELETE_POLICY]: 'hook-succeeded' } }),
      ),
    ],
  },
};
