import type { ResourceControl } from '../../control';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';

export const control: ResourceControl = {
  scope: 'resource',
  id: 'bounded-history',
  covers: ['HLM-09'],
  title: 'Every Helm release bounds its history',
  why: 'Each revision is a Secret with all manifests in it; without a bound they fill etcd.',
  severity: 'low',
  cis: [],
  types: [RELEASE_TYPE],
  parameters: {
    max: { type: 'integer', minimum: 1, description: 'The most revisions to keep.', default: 10 },
  },
  remediation: 'Set maxHistory on the release.',
  judge: ({ inputs: { maxHistory } }, { max }) => {
    // Helm keeps everything at 0, and so does the provider where nothing is said.
    if (maxHistory === undefined || maxHistory === 0) return 'its history has no bound';
    return Number(maxHistory) > Number(max)
      ? `it keeps ${Number(maxHistory)} revisions, more than ${Number(max)}`
      : undefined;
  },
  samples: {
    allowed: [
      sample('a bound', release({ maxHistory: 5 })),
      sample('the greatest bound', release({ maxHistory: 10 })),
      sample('another bound', release({ maxHistory: 20 }), { max: 20 }),
    ],
    denied: [
      sample('nothing said', release()),
      sample('zero, which is no bound', release({ maxHistory: 0 })),
      sample('too many', release({ maxHistory: 11 })),
    ],
  },
};
