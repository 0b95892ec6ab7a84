import type { ResourceControl } from '../../control';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';

/** Seconds that the provider waits where nothing is said. */
const DEFAULT = 300;

export const control: ResourceControl = {
  scope: 'resource',
  id: 'release-timeout',
  covers: ['HLM-05'],
  title: 'Every Helm release is waited for long enough, and not for ever',
  why: 'A short time fails a slow start that would have gone well; a long one holds up whoever waits for the failure.',
  severity: 'low',
  cis: [],
  types: [RELEASE_TYPE],
  parameters: {
    minimum: { type: 'integer', minimum: 1, description: 'The shortest time, in seconds.', default: 60 },
    maximum: { type: 'integer', minimum: 1, description: 'The longest time, in seconds.', default: 1800 },
  },
  remediation: 'Set timeout to a time from minimum to maximum.',
  judge: ({ inputs: { timeout = DEFAULT } }, { minimum, maximum }) => {
    if (typeof timeout !== 'number') return undefined;
    const bounds = `not ${Number(minimum)} to ${Number(maximum)} seconds`;
    return timeout < Number(minimum) || timeout > Number(maximum)
      ? `its timeout is ${timeout}, ${bounds}`
      : undefined;
  },
  samples: {
    allowed: [
      sample('ten minutes', release({ timeout: 600 })),
      sample('nothing said, which is five minutes', release()),
      sample('the shortest', release({ timeout: 60 })),
      sample('the longest', release({ timeout: 1800 })),
    ],
    denied: [
      sample('no time', release({ timeout: 0 })),
      sample('too short', release({ timeout: 59 })),
      sample('too long', release({ timeout: 1801 })),
      sample('nothing said where that is too short', release(), { minimum: 600 }),
    ],
  },
};
