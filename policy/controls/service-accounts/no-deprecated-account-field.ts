import type { ObjectControl } from '../../control';
import { podSpecOf } from '../../objects';
import { pod, sample, workload } from '../../samples';

const isNamed = (name: unknown): boolean => typeof name === 'string' && name !== '';
const field = 'variables.podSpec.?serviceAccount';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-deprecated-account-field',
  covers: ['SA-05'],
  title: 'No pod names its ServiceAccount in the deprecated field alone',
  why: 'Tools that read serviceAccountName take such a pod for one of the account default; where the two differ, one is a lie.',
  severity: 'low',
  cis: [],
  match: ['podBearing'],
  // The API server shows the account in both fields.
  expression: `${field}.orValue('') == '' || ${field}.orValue('') == variables.podSpec.?serviceAccountName.orValue('')`,
  message: `'the pod has serviceAccount ' + ${field}.orValue('')`,
  remediation: 'Write serviceAccountName in place of serviceAccount.',
  fix: (object) => {
    const spec = podSpecOf(object);
    const { serviceAccount, serviceAccountName } = spec;
    if (!isNamed(serviceAccount) || serviceAccount === serviceAccountName) return;
    delete spec.serviceAccount;
    spec.serviceAccountName = isNamed(serviceAccountName) ? serviceAccountName : serviceAccount;
  },
  noAdmissionTwin:
    'The API server fills each of the two fields in from the other before admission sees the object.',
  samples: {
    allowed: [
      sample('none named', pod()),
      sample('the field of today', pod({ serviceAccountName: 'sample' })),
      sample(
        'both, as the API server shows them',
        pod({ serviceAccountName: 'sample', serviceAccount: 'sample' }),
      ),
      sample('an empty one', pod({ serviceAccount: '' })),
      sample('in a Deployment', workload('Deployment', { serviceAccountName: 'sample' })),
    ],
    denied: [
      sample('the deprecated field', pod({ serviceAccount: 'sample' })),
      sample('another account in it', pod({ serviceAccountName: 'sample', serviceAccount: 'other' })),
      sample('beside an empty name', pod({ serviceAccountName: '', serviceAccount: 'sample' })),
      sample('in a CronJob', workload('CronJob', { serviceAccount: 'sample' })),
    ],
  },
};
