import type { StackControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { judgedNamespaces, namespace } from '../../parts/namespaces';
import { object, sample, workload } from '../../samples';

interface QuotaSpec {
  hard?: object;
  scopes?: unknown[];
  scopeSelector?: object;
}

const quota = (spec: QuotaSpec, of = 'samples'): KubernetesObject =>
  object('v1', 'ResourceQuota', { metadata: { namespace: of }, spec });

export const control: StackControl = {
  scope: 'stack',
  id: 'namespace-quota',
  covers: ['NS-03'],
  title: 'Every namespace has a ResourceQuota',
  why: 'Without one a single namespace can take all the nodes have, and leave the others nothing.',
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
  remediation: 'Add a ResourceQuota with hard limits and without scopes to the namespace.',
  judge: (stack, { exempt }) =>
    judgedNamespaces(stack, exempt)
      .filter(({ metadata }) => !stack.in(String(metadata?.name), 'resourceQuota').some(limits))
      .map((each) => ({ object: each, found: 'it has no ResourceQuota for all its pods' })),
  samples: {
    allowed: [
      sample('a quota', [namespace(), quota({ hard: { pods: '10' } })]),
      sample('one of several', [
        namespace(),
        quota({ hard: { pods: '1' }, scopes: ['BestEffort'] }),
        quota({ hard: { 'requests.cpu': '4' } }),
      ]),
      sample('exempt', [namespace()], { exempt: ['samples'] }),
      sample("the cluster's own", [namespace(undefined, 'kube-system')]),
      sample('nothing runs in a namespace of others', [object('v1', 'ConfigMap')]),
    ],
    denied: [
      sample('no quota', [namespace()]),
      sample('a quota that limits nothing', [namespace(), quota({ hard: {} })]),
      sample('an empty quota', [namespace(), quota({})]),
      sample('a quota in another namespace', [namespace(), quota({ hard: { pods: '10' } }, 'other')]),
      sample('a quota for some pods', [
        namespace(),
        quota({ hard: { pods: '10' }, scopeSelector: { matchExpressions: [{ scopeName: 'Terminating' }] } }),
      ]),
      sample('a workload in a namespace of others', [workload('Deployment')]),
    ],
  },
};

/** Whether a quota limits anything, for every pod. */
function limits({ spec }: KubernetesObject): boolean {
  const { hard = {}, scopes = [], scopeSelector } = (spec ?? {}) as QuotaSpec;
  return Object.keys(hard).length > 0 && scopes.length === 0 && scopeSelector === undefined;
}
