import type { ResourceControl } from '../../control';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';

export const control: ResourceControl = {
  scope: 'resource',
  id: 'release-namespace',
  covers: ['HLM-06'],
  title: 'Every Helm release goes into a namespace that is there for it',
  why: 'A namespace that Helm makes has no quota, no policies and no Pod Security level, and the default one is shared.',
  severity: 'medium',
  cis: [
    { section: '5.6.1', formerly: '5.7.1', heuristic: true },
    { section: '5.6.4', formerly: '5.7.4' },
  ],
  types: [RELEASE_TYPE],
  parameters: {
    namespaces: {
      type: 'array',
      items: { type: 'string' },
      description: 'Namespaces of releases. Empty: any but "default".',
      default: [],
    },
  },
  remediation: 'Make the namespace in the program, set namespace to it, and leave createNamespace out.',
  judge: ({ inputs: { createNamespace, namespace } }, { namespaces }) => {
    if (createNamespace === true) return 'Helm makes its namespace';
    // The provider puts "default" where nothing is said.
    const name = typeof namespace === 'string' && namespace !== '' ? namespace : 'default';
    const allowed = namespaces as string[];
    const isAllowed = allowed.length === 0 ? name !== 'default' : allowed.includes(name);
    return isAllowed ? undefined : `it goes into the namespace ${name}`;
  },
  samples: {
    allowed: [
      sample('a namespace', release()),
      sample('one of those listed', release({ namespace: 'shop', createNamespace: false }), {
        namespaces: ['shop'],
      }),
      sample('the default one where it is listed', release({ namespace: 'default' }), {
        namespaces: ['default'],
      }),
    ],
    denied: [
      sample('none', release({ namespace: undefined })),
      sample('an empty one', release({ namespace: '' })),
      sample('the default one', release({ namespace: 'default' })),
      sample('one that Helm makes', release({ createNamespace: true })),
      sample('one that is not listed', release(), { namespaces: ['shop'] }),
    ],
  },
};
