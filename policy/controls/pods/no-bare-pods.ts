import type { ObjectControl } from '../../control';
import { pod, sample } from '../../samples';

const owned = (fields: object): ReturnType<typeof pod> => {
  const bare = pod();
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'sample',
    uid: 'b2f1c1f4-0000-4000-8000-000000000000',
  };
  return { ...bare, metadata: { ...bare.metadata, ownerReferences: [{ ...owner, ...fields }] } };
};
const withOwners = (ownerReferences: unknown): ReturnType<typeof pod> => {
  const bare = pod();
  return { ...bare, metadata: { ...bare.metadata, ownerReferences } };
};

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-bare-pods',
  covers: ['POD-12'],
  title: 'Every Pod belongs to a controller',
  why: 'A Pod of its own is gone with its node: nothing starts it again, and nothing rolls out a change of it.',
  severity: 'medium',
  cis: [],
  match: ['pod'],
  expression: 'object.?metadata.?ownerReferences.orValue([]).exists(o, o.?controller.orValue(false))',
  message: "'it belongs to no controller'",
  remediation: 'Make it from a Deployment, StatefulSet, DaemonSet or Job.',
  samples: {
    allowed: [
      sample('a controller owns it', owned({ controller: true })),
      sample('with more said', owned({ controller: true, blockOwnerDeletion: true })),
    ],
    denied: [
      sample('no owners', pod()),
      sample('an empty list', withOwners([])),
      sample('an owner that is no controller', owned({})),
      sample('one that says so', owned({ controller: false })),
    ],
  },
};
