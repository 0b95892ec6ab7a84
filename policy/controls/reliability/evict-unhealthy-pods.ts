import type { ObjectControl } from '../../control';
import { budget } from '../../parts/scaling';
import { sample } from '../../samples';

const POLICY = "object.?spec.?unhealthyPodEvictionPolicy.orValue('')";

export const control: ObjectControl = {
  scope: 'object',
  id: 'evict-unhealthy-pods',
  covers: ['REL-08'],
  title: 'Every PodDisruptionBudget lets pods go that are not ready anyway',
  why: 'Otherwise a pod that never gets ready holds up the drain of its node until somebody deletes it.',
  severity: 'low',
  cis: [],
  match: ['podDisruptionBudget'],
  expression: `${POLICY} == 'AlwaysAllow'`,
  message: `${POLICY} == '' ? 'it has no unhealthyPodEvictionPolicy' : 'its unhealthyPodEvictionPolicy is ' + ${POLICY}`,
  remediation: 'Set unhealthyPodEvictionPolicy to AlwaysAllow.',
  fix: (object) => {
    object.spec = { ...(object.spec as object), unhealthyPodEvictionPolicy: 'AlwaysAllow' };
  },
  samples: {
    allowed: [
      sample('always', budget({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' })),
      sample(
        'always, and some must stay',
        budget({ minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
      ),
    ],
    denied: [
      sample('nothing said', budget({ maxUnavailable: 1 })),
      sample(
        'only where the budget is kept',
        budget({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'IfHealthyBudget' }),
      ),
      sample('null', budget({ minAvailable: 1, unhealthyPodEvictionPolicy: null })),
    ],
  },
};
