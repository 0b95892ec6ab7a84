import type { ObjectControl } from '../../control';
import { object, sample } from '../../samples';

const TYPE = 'kubernetes.io/service-account-token';
const secret = (type?: string): ReturnType<typeof object> =>
  object('v1', 'Secret', {
    metadata: { annotations: { 'kubernetes.io/service-account.name': 'sample' } },
    ...(type === undefined ? {} : { type }),
  });

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-token-secrets',
  covers: ['SA-04'],
  title: 'No Secret holds the token of a ServiceAccount',
  why: 'Such a token never ends, works from anywhere, and is in every backup of the cluster.',
  severity: 'high',
  cis: [{ section: '3.1.2', heuristic: true }],
  nsa: 'Protecting Pod service account tokens',
  match: ['secret'],
  expression: `object.?type.orValue('') != '${TYPE}'`,
  message: `'it is of the type ${TYPE}'`,
  remediation: 'Ask for a token that ends: a projected volume in pods, `kubectl create token` elsewhere.',
  samples: {
    allowed: [
      sample('no type', secret()),
      sample('another type', secret('Opaque')),
      sample('a bootstrap token', secret('bootstrap.kubernetes.io/token')),
    ],
    denied: [
      sample('such a type', secret(TYPE)),
      sample('with data', { ...secret(TYPE), data: { extra: 'c2FtcGxl' } }),
    ],
  },
};
