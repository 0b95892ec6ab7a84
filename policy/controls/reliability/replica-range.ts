import type { StackControl } from '../../control';
import { autoscaler, replicasOf, replicated } from '../../parts/scaling';
import { sample, workload } from '../../samples';

export const control: StackControl = {
  scope: 'stack',
  id: 'replica-range',
  covers: ['REL-05'],
  title: 'Every workload has a number of replicas within bounds, by itself or by its autoscaler',
  why: 'With none it does nothing, and with far too many it takes what the others need.',
  severity: 'medium',
  cis: [],
  parameters: {
    minimum: { type: 'integer', minimum: 0, description: 'The fewest replicas.', default: 1 },
    maximum: { type: 'integer', minimum: 1, description: 'The most replicas.', default: 50 },
  },
  remediation: 'Set replicas, or minReplicas and maxReplicas of its autoscaler, within minimum and maximum.',
  judge: (stack, { minimum, maximum }) =>
    stack.of('replicated').flatMap((each) => {
      const { fewest, most } = replicasOf(stack, each);
      if (!(fewest < Number(minimum) || most > Number(maximum))) return [];
      const found =
        fewest === most ? `it has ${fewest} replicas` : `it has from ${fewest} to ${most} replicas`;
      return [{ object: each, found: `${found}, not ${Number(minimum)} to ${Number(maximum)}` }];
    }),
  samples: {
    allowed: [
      sample('several', [replicated(3)]),
      sample('one', [replicated(1, 'StatefulSet')]),
      sample('no number, which is one', [replicated()]),
      sample('the most', [replicated(50)]),
      sample('by an autoscaler', [replicated(), autoscaler({ minReplicas: 2, maxReplicas: 10 })], {
        minimum: 2,
      }),
      sample('what runs on each node', [workload('DaemonSet')], { minimum: 2 }),
    ],
    denied: [
      sample('none', [replicated(0)]),
      sample('too many', [replicated(51, 'StatefulSet')]),
      sample('too few', [replicated(1)], { minimum: 2 }),
      sample('no number, which is too few', [replicated()], { minimum: 2 }),
      sample('too few by an autoscaler', [replicated(5), autoscaler({ maxReplicas: 10 })], { minimum: 2 }),
      sample('too many by an autoscaler', [replicated(), autoscaler({ minReplicas: 1, maxReplicas: 500 })]),
      sample(
        'the autoscaler of another',
        [
          replicated(),
          autoscaler({
            scaleTargetRef: { kind: 'Deployment', name: 'other' },
            minReplicas: 2,
            maxReplicas: 3,
          }),
        ],
        { minimum: 2 },
      ),
    ],
  },
};
