import type { StackControl } from '../../control';
import { autoscaler, budget, numberOf, replicasOf, replicated, specOf } from '../../parts/scaling';
import { object, sample } from '../../samples';
import { namespaceOf, podLabelsOf, selects } from '../../stack';

export const control: StackControl = {
  scope: 'stack',
  id: 'budget-below-replicas',
  covers: ['REL-07'],
  title: 'Every PodDisruptionBudget asks for fewer pods than its workload has',
  why: 'Where all of them must stay no node can be drained, and the upgrade of the cluster stops.',
  severity: 'high',
  cis: [],
  remediation: 'Lower minAvailable, set maxUnavailable instead, or give the workload more replicas.',
  judge: (stack) =>
    stack.of('podDisruptionBudget').flatMap((each) => {
      const { minAvailable, selector } = specOf(each);
      const workloads = stack
        .in(namespaceOf(each), 'replicated')
        .filter((target) => selects(selector, podLabelsOf(target)));
      const pods = workloads.reduce((sum, target) => sum + replicasOf(stack, target).fewest, 0);
      // What scales to none, and what an operator runs, has nothing to keep.
      const keeps = kept(minAvailable, pods);
      if (pods === 0 || !(keeps >= pods)) return [];
      return [{ object: each, found: `it keeps ${keeps} pods, and there may be no more than ${pods}` }];
    }),
  samples: {
    allowed: [
      sample('fewer', [replicated(3), budget({ minAvailable: 2 })]),
      sample('a part', [replicated(4), budget({ minAvailable: '50%' })]),
      sample('none', [replicated(1), budget({ minAvailable: 0 })]),
      sample('some may go', [replicated(1), budget({ maxUnavailable: 1 })]),
      sample('an autoscaler keeps more', [
        replicated(1),
        autoscaler({ minReplicas: 3, maxReplicas: 5 }),
        budget({ minAvailable: 2 }),
      ]),
      sample('pods that are not in the stack', [budget({ minAvailable: 5 })]),
      sample('two workloads together', [
        replicated(1),
        replicated(1, 'StatefulSet'),
        budget({ minAvailable: 1 }),
      ]),
      sample('in another namespace', [
        replicated(1),
        object('policy/v1', 'PodDisruptionBudget', {
          metadata: { namespace: 'other' },
          spec: { selector: {}, minAvailable: 1 },
        }),
      ]),
    ],
    denied: [
      sample('as many', [replicated(2), budget({ minAvailable: 2 })]),
      sample('one of one', [replicated(), budget({ minAvailable: 1 })]),
      sample('a part of few, which is rounded up', [replicated(2), budget({ minAvailable: '51%' })]),
      sample('an autoscaler may leave fewer', [
        replicated(5),
        autoscaler({ minReplicas: 2, maxReplicas: 9 }),
        budget({ minAvailable: 2 }),
      ]),
      sample('a StatefulSet', [replicated(3, 'StatefulSet'), budget({ minAvailable: 3 })]),
      sample('every pod of the namespace', [replicated(1), budget({ selector: {}, minAvailable: 1 })]),
    ],
  },
};

/** The pods that must stay; the controller rounds percentages up. */
function kept(minAvailable: unknown, pods: number): number {
  const percent = typeof minAvailable === 'string' ? /^(\d+)%$/.exec(minAvailable)?.[1] : undefined;
  return percent === undefined ? numberOf(minAvailable) : Math.ceil((Number(percent) * pods) / 100);
}
