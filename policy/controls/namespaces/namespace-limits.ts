import type { StackControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { judgedNamespaces, namespace } from '../../parts/namespaces';
import { object, sample, workload } from '../../samples';

interface Limit {
  type?: string;
  default?: object;
  defaultRequest?: object;
  max?: object;
}

const range = (limits: Limit[], of = 'samples'): KubernetesObject =>
  object('v1', 'LimitRange', { metadata: { namespace: of }, spec: { limits } });

export const control: StackControl = {
  scope: 'stack',
  id: 'namespace-limits',
  covers: ['NS-04'],
  title: 'Every namespace has a LimitRange for its containers',
  why: 'A container that asks for nothing is otherwise placed as if it used nothing, and bounded by nothing.',
  severity: 'medium',
  cis: [],
  nsa: 'Resource policies',
  parameters: {
    exempt: {
      type: 'array',
      items: { type: 'string' },
      description: 'Namespaces that need none.',
      default: [],
    },
  },
  remediation: 'Add a LimitRange with a default or a max for the type Container to the namespace.',
  judge: (stack, { exempt }) =>
    judgedNamespaces(stack, exempt)
      .filter(({ metadata }) => !stack.in(String(metadata?.name), 'limitRange').some(limitsContainers))
      .map((each) => ({ object: each, found: 'it has no LimitRange that limits containers' })),
  samples: {
    allowed: [
      sample('a default', [namespace(), range([{ type: 'Container', default: { memory: '128Mi' } }])]),
      sample('a maximum', [
        namespace(),
        range([
          { type: 'Pod', max: { cpu: '4' } },
          { type: 'Container', max: { memory: '1Gi' } },
        ]),
      ]),
      sample('exempt', [namespace()], { exempt: ['samples'] }),
      sample('nothing runs in a namespace of others', [object('v1', 'ConfigMap')]),
    ],
    denied: [
      sample('none', [namespace()]),
      sample('no limits', [namespace(), range([])]),
      sample('for pods only', [namespace(), range([{ type: 'Pod', max: { cpu: '4' } }])]),
      sample('requests only', [namespace(), range([{ type: 'Container', defaultRequest: { cpu: '1' } }])]),
      sample('empty limits', [namespace(), range([{ type: 'Container', default: {}, max: {} }])]),
      sample('in another namespace', [
        namespace(),
        range([{ type: 'Container', default: { memory: '1Gi' } }], 'other'),
      ]),
      sample('a workload in a namespace of others', [workload('Deployment')]),
    ],
  },
};

function limitsContainers({ spec }: KubernetesObject): boolean {
  const { limits = [] } = (spec ?? {}) as { limits?: Limit[] };
  return limits.some(
    ({ type, default: preset = {}, max = {} }) =>
      type === 'Container' && Object.keys({ ...preset, ...max }).length > 0,
  );
}
