import type { StackControl } from '../../control';
import { autoscaler, replicasOf, replicated } from '../../parts/scaling';
import { object, sample, workload } from '../../samples';
import { namespaceOf, podLabelsOf, selects } from '../../stack';

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
      .filter((each) => replicasOf(stack, each).fewest > 1)
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
      sample('an autoscaler that goes down to one', [
        replicated(),
        autoscaler({ minReplicas: 1, maxReplicas: 5 }),
      ]),
      sample('an autoscaler that names no fewest, which is one', [
        replicated(3),
        autoscaler({ maxReplicas: 5 }),
      ]),
      sample('an autoscaler, and a budget', [
        replicated(),
        autoscaler({ minReplicas: 3, maxReplicas: 5 }),
        budget(SELECTOR),
      ]),
    ],
    denied: [
      sample('no budget', [replicated(2)]),
      sample('a StatefulSet', [replicated(2, 'StatefulSet')]),
      sample('an autoscaler that keeps several', [
        replicated(),
        autoscaler({ minReplicas: 3, maxReplicas: 5 }),
      ]),
      sample('an autoscaler that keeps several, where the workload says one', [
        replicated(1),
        autoscaler({ minReplicas: 2, maxReplicas: 5 }),
      ]),
      sample('a budget in another namespace', [replicated(2), budget(SELECTOR, 'other')]),
      sample('a budget for other pods', [replicated(2), budget({ matchLabels: { app: 'other' } })]),
    ],
  },
};
