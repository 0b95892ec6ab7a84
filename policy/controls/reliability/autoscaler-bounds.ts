import type { StackControl } from '../../control';
import { isRecord, type KubernetesObject } from '../../objects';
import { autoscaler, isTarget, numberOf, replicated, specOf } from '../../parts/scaling';
import { sample } from '../../samples';
import { namespaceOf, type Stack } from '../../stack';

const BUILT_IN = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'];

export const control: StackControl = {
  scope: 'stack',
  id: 'autoscaler-bounds',
  covers: ['REL-12'],
  title: 'Every autoscaler has bounds that make sense and a target whose replicas it alone sets',
  why: 'An autoscaler without a target does nothing, and one whose target has its own number is undone by each update.',
  severity: 'medium',
  cis: [],
  parameters: {
    minimum: { type: 'integer', minimum: 0, description: 'The lowest minReplicas.', default: 1 },
    maximum: { type: 'integer', minimum: 1, description: 'The highest maxReplicas.', default: 50 },
  },
  remediation:
    'Set minReplicas and maxReplicas within minimum and maximum, name a target of the stack, and leave its replicas out.',
  judge: (stack, { minimum, maximum }) =>
    stack.of('horizontalPodAutoscaler').flatMap((each) => {
      const found = wrong(stack, each, Number(minimum), Number(maximum));
      return found === undefined ? [] : [{ object: each, found }];
    }),
  samples: {
    allowed: [
      sample('from two to ten', [replicated(), autoscaler({ minReplicas: 2, maxReplicas: 10 })]),
      sample('no lower bound, which is one', [replicated(), autoscaler({ maxReplicas: 10 })]),
      sample('one replica, which the API server fills in', [
        replicated(1),
        autoscaler({ minReplicas: 2, maxReplicas: 10 }),
      ]),
      sample('the bounds themselves', [replicated(), autoscaler({ minReplicas: 1, maxReplicas: 50 })]),
      sample('a kind of an operator', [
        autoscaler({
          maxReplicas: 3,
          scaleTargetRef: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web' },
        }),
      ]),
    ],
    denied: [
      sample('no target', [autoscaler({ minReplicas: 2, maxReplicas: 10 })]),
      sample('a target of another kind', [
        replicated(undefined, 'StatefulSet'),
        autoscaler({ minReplicas: 2, maxReplicas: 10 }),
      ]),
      sample('a number of its own', [replicated(3), autoscaler({ minReplicas: 2, maxReplicas: 10 })]),
      sample('too few', [replicated(), autoscaler({ maxReplicas: 10 })], { minimum: 2 }),
      sample('too many', [replicated(), autoscaler({ minReplicas: 2, maxReplicas: 51 })]),
      sample('bounds that cross', [replicated(), autoscaler({ minReplicas: 5, maxReplicas: 3 })]),
    ],
  },
};

/** What is wrong with an autoscaler, if anything. */
function wrong(stack: Stack, each: KubernetesObject, minimum: number, maximum: number): string | undefined {
  const { minReplicas, maxReplicas, scaleTargetRef } = specOf(each);
  const [fewest, most] = [numberOf(minReplicas, 1), numberOf(maxReplicas)];
  if (fewest < minimum || most > maximum || fewest > most) {
    return `it scales from ${fewest} to ${most}, and may from ${minimum} to ${maximum}`;
  }
  if (!isRecord(scaleTargetRef) || !BUILT_IN.includes(String(scaleTargetRef.kind))) return undefined;
  const target = stack.in(namespaceOf(each), 'podBearing').find((one) => isTarget(scaleTargetRef, one));
  if (!target)
    return `its target ${String(scaleTargetRef.kind)} ${String(scaleTargetRef.name)} is not in the stack`;
  // One is what the API server fills in.
  const replicas = numberOf(specOf(target).replicas, 1);
  return replicas > 1 ? `its target has ${replicas} replicas of its own` : undefined;
}
