import type { ObjectControl } from '../../control';
import { budget } from '../../parts/scaling';
import { sample } from '../../samples';

const field = (name: string): string => `string(object.?spec.?${name}.orValue(''))`;

export const control: ObjectControl = {
  scope: 'object',
  id: 'budget-allows-disruption',
  covers: ['REL-07'],
  title: 'Every PodDisruptionBudget lets at least one pod go',
  why: 'One that lets none go stops every drain of its nodes, and with them the upgrade of the cluster.',
  severity: 'high',
  cis: [],
  match: ['podDisruptionBudget'],
  expression: `!${field('maxUnavailable')}.matches('^0+%?$') && !${field('minAvailable')}.matches('^0*[1-9][0-9][0-9]+%$')`,
  message: `'it has ' + (${field('minAvailable')} == '' ? 'maxUnavailable ' + ${field('maxUnavailable')} : 'minAvailable ' + ${field('minAvailable')})`,
  remediation: 'Set maxUnavailable to 1 or more, or minAvailable below the number of replicas.',
  samples: {
    allowed: [
      sample('one may go', budget({ maxUnavailable: 1 })),
      sample('a part may go', budget({ maxUnavailable: '10%' })),
      sample('some must stay', budget({ minAvailable: 2 })),
      sample('a part must stay', budget({ minAvailable: '99%' })),
      sample('none must stay', budget({ minAvailable: 0 })),
      sample('nothing said', budget({})),
    ],
    denied: [
      sample('none may go', budget({ maxUnavailable: 0 })),
      sample('no part may go', budget({ maxUnavailable: '0%' })),
      sample('all must stay', budget({ minAvailable: '100%' })),
    ],
  },
};
