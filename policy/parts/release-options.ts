import type { ResourceControl } from '../control';
import { release, sample } from '../samples';
import type { Inputs } from './releases';

/**
 * Judge and samples of a control on options that must not be set; `undefined` and false are not set.
 *
 * @param preset what may be set by default, as the parameter has it
 */
export function forbiddenOptions(
  options: readonly string[],
  preset: readonly string[] = [],
): Pick<ResourceControl, 'judge' | 'parameters' | 'samples'> {
  const [first = '', second = ''] = options;
  return {
    parameters: {
      allow: {
        type: 'array',
        items: { type: 'string', pattern: '^[^:]+:[A-Za-z]+$' },
        description:
          'Options that may be set all the same, as release:option, or *:option for every release.',
        default: preset,
      },
    },
    judge: ({ name, inputs }, { allow }) => {
      const found = setAmong(inputs, options).filter(
        (option) => ![name, '*'].some((one) => (allow as string[]).includes(`${one}:${option}`)),
      );
      return found.length === 0 ? undefined : `it has ${found.join(', ')}`;
    },
    samples: {
      allowed: [
        sample('none set', release()),
        sample('all false', release(Object.fromEntries(options.map((option) => [option, false])))),
        sample('allowed', release({ [first]: true }), { allow: [`sample:${first}`] }),
        sample('allowed for every release', release({ [second]: true }), { allow: [`*:${second}`] }),
      ],
      denied: [
        ...options.map((option) => sample(option, release({ [option]: true }), { allow: [] })),
        sample('another is allowed', release({ [first]: true }), { allow: [`sample:${second}`] }),
        sample('allowed for another release', release({ [first]: true }), { allow: [`other:${first}`] }),
      ],
    },
  };
}

/** Those that are set: true, or a text that is not empty. */
function setAmong(inputs: Inputs, options: readonly string[]): string[] {
  return options.filter((option) => {
    const value = inputs[option];
    return value === true || (typeof value === 'string' && value !== '');
  });
}
