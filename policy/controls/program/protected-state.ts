import type { ResourceControl } from '../../control';
import { resource } from '../../parts/program';
import { sample } from '../../samples';

const on = (kind: string, protect: boolean, stack = 'prod'): ReturnType<typeof resource> =>
  resource(kind, { stack, options: { protect } });

export const control: ResourceControl = {
  scope: 'resource',
  id: 'protected-state',
  covers: ['PUL-01'],
  title: 'What holds state is protected from deletion in production',
  why: 'One wrong line deletes a namespace with all that is in it, or a CRD with every object of its kind.',
  severity: 'medium',
  cis: [],
  types: ['kubernetes:'],
  parameters: {
    kinds: {
      type: 'array',
      items: { type: 'string' },
      description: 'Kinds that hold state, or go with what does.',
      default: ['CustomResourceDefinition', 'Namespace', 'PersistentVolumeClaim', 'StatefulSet'],
    },
    stacks: {
      type: 'array',
      items: { type: 'string' },
      description: 'Stacks whose state must not be lost.',
      default: ['prod'],
    },
  },
  remediation: 'Set the resource option protect; take it away in a change of its own before it is deleted.',
  judge: ({ type, options, stack = '' }, { kinds, stacks }) => {
    const kind = type.split(':').at(-1) ?? '';
    const holdsState = (kinds as string[]).includes(kind) && (stacks as string[]).includes(stack);
    return holdsState && !options.protect ? `the stack ${stack} does not protect it` : undefined;
  },
  samples: {
    allowed: [
      sample('protected', on('core/v1:Namespace', true)),
      sample('what holds no state', on('core/v1:ConfigMap', false)),
      sample('another stack', on('core/v1:Namespace', false, 'dev')),
      sample('no stack that is told', resource('core/v1:Namespace')),
      sample('a kind that is not listed', on('core/v1:Namespace', false), { kinds: ['StatefulSet'] }),
    ],
    denied: [
      sample('a namespace', on('core/v1:Namespace', false)),
      sample('a claim', on('core/v1:PersistentVolumeClaim', false)),
      sample('a CRD', on('apiextensions.k8s.io/v1:CustomResourceDefinition', false)),
      sample('a StatefulSet', on('apps/v1:StatefulSet', false)),
      sample('in another stack that must not be lost', on('core/v1:Namespace', false, 'dev'), {
        stacks: ['dev'],
      }),
      sample('another kind that holds state', on('core/v1:Secret', false), { kinds: ['Secret'] }),
    ],
  },
};
