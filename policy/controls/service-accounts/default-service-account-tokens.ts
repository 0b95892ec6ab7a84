import type { ObjectControl } from '../../control';
import { object, sample } from '../../samples';

const account = (fields: Record<string, unknown> = {}, name = 'default'): ReturnType<typeof object> =>
  object('v1', 'ServiceAccount', { metadata: { name }, ...fields });

export const control: ObjectControl = {
  scope: 'object',
  id: 'default-service-account-tokens',
  covers: ['SA-03'],
  title: 'The ServiceAccount default has its token mounted nowhere by default',
  why: 'Each pod that names no account gets this one, and with it a token that nobody decided to give it.',
  severity: 'medium',
  cis: [{ section: '5.1.5' }],
  nsa: 'Protecting Pod service account tokens',
  match: ['serviceAccount'],
  expression:
    "object.?metadata.?name.orValue('') != 'default' || !object.?automountServiceAccountToken.orValue(true)",
  message: "'its token is mounted by default'",
  remediation: 'Set automountServiceAccountToken to false.',
  fix: (object) => {
    if (object.metadata?.name === 'default' && object.automountServiceAccountToken !== false)
      object.automountServiceAccountToken = false;
  },
  noAdmissionTwin:
    'The cluster itself makes this account for each new namespace, with its token mounted; refused, there would be none.',
  samples: {
    allowed: [
      sample('false', account({ automountServiceAccountToken: false })),
      sample('another account', account({}, 'sample')),
    ],
    denied: [
      sample('nothing said', account()),
      sample('true', account({ automountServiceAccountToken: true })),
      sample('null', account({ automountServiceAccountToken: null })),
    ],
  },
};
