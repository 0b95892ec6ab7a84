import type { StackControl } from '../../control';
import { object, sample, workload } from '../../samples';
import { namespaceOf, podLabelsOf, selects } from '../../stack';

const replicated = (replicas: number, kind = 'Deployment'): ReturnType<typeof workload> => {
  const base = workload(kind);
  return { ...base, spec: { ...(base.spec as object), replicas } };
};
const budget = (selector: object, namespace = 'samples'): ReturnType<typeof object> =>
  object('policy/v1', 'PodDisruptionBudget', {
    metadata: { namespace },
    spec: { minAvailable: 1, selector },
  });
const SELECTOR = { matchLabels: { 'app.kubernetes.io/name': 'sample' } };

export const control: StackControl = {
  scope: 'stack',
  id: 'disruption-budget',
  covers: ['REL-06'],
  title: 'Every workload with several replicas has a PodDisruptionBudget',
  why: 'Without one, a drain of two nodes at once takes every replica down together.',
  severity: 'medium',
  cis: [],
  remediation: 'Add a PodDisruptionBudget that selects the pods of the workload.',
  judge: (stack) =>
    stack
      .of('replicated')
      .filter(({ spec }) => Number((spec as { replicas?: unknown }).replicas ?? 1) > 1)
      .filter((each) => {
        const budgets = stack.in(namespaceOf(each), 'podDisruptionBudget');
        return !budgets.some(({ spec }) =>
          selects((spec as { selector?: unknown }).selector, podLabelsOf(each)),
        );
      })
      .map((each) => ({ object: each, found: 'no PodDisruptionBudget selects its pods' })),
  samples: {
    allowed: [
      sample('one that has a budget', [replicated(3), budget(SELECTOR)]),
      sample('a budget for everything', [replicated(3), budget({})]),
      sample('one replica', [replicated(1)]),
      sample('no number of replicas, which is one', [workload('Deployment')]),
      sample('what runs on each node', [workload('DaemonSet')]),
    ],
    denied: [
      sample('no budget', [replicated(2)]),
      sample('a StatefulSet', [replicated(2, 'StatefulSet')]),
      sample('a budget in another namespace', [replicated(2), budget(SELECTOR, 'other')]),
      sample('a budget for other pods', [replicated(2), budget({ matchLabels: { app: 'other' } })]),
    ],
  },
};
