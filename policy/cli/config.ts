import { readFileSync } from 'node:fs';
import { nearest, quoted, shown } from '../../stacks/problems';
import { CONTROLS } from '../catalogue';
import type { Parameters } from '../control';
import { isRecord } from '../objects';
import { OWN_POLICIES } from '../own-policies';
import { parameterFaults } from '../parameters';
import { LEVELS, type Level } from '../settings';
import { BadInput, problem, type Problem, reasonOf } from './problems';

/** What a file for `--policy-pack-config` says. */
export interface Config {
  /** Level of every control that has none of its own here. */
  all?: Level;
  levels: ReadonlyMap<string, Level>;
  parameters: ReadonlyMap<string, Parameters>;
}

export const NO_CONFIG: Config = { levels: new Map(), parameters: new Map() };

/** Policies of the pack that are no controls: they have a level, and nothing to judge in manifests. */
const OTHER_POLICIES: readonly string[] = OWN_POLICIES.map(({ id }) => id);

/**
 * Reads a configuration of the shape of Pulumi's `--policy-pack-config`.
 * @param file its path, to read
 * @param name the same as the user wrote it, to be told
 * @throws BadInput with every fault in it
 */
export function readConfig(file: string, name = file): Config {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const isSyntax = error instanceof SyntaxError;
    const found = isSyntax ? `no JSON: ${error.message}` : reasonOf(error);
    const cure = isSyntax ? 'Correct it' : 'Give a file that you may read';
    throw new BadInput([problem(found, 'a file of JSON', cure, { file: name })]);
  }
  return checkConfig(content, name);
}

/** The same of what is read already. */
export function checkConfig(content: unknown, file: string): Config {
  if (!isRecord(content)) {
    const shape = '{"all": LEVEL, "<control>": LEVEL or {"enforcementLevel": LEVEL, "<parameter>": …}}';
    throw new BadInput([problem(shown(content), 'an object', `Write it as ${shape}`, { file })]);
  }
  const problems: Problem[] = [];
  const levels = new Map<string, Level>();
  const parameters = new Map<string, Parameters>();
  for (const [id, given] of Object.entries(content)) {
    const say = (what: string, expected: string, cure: string): void => {
      problems.push(problem(what, expected, cure, { file }));
    };
    const { level, rest } = partsOf(given);
    const found = LEVELS.find((each) => each === level);
    if (level !== undefined && !found) {
      say(`the level ${shown(level)} of ${quoted(id)}`, `one of ${LEVELS.join(', ')}`, 'Correct it');
    }
    if (found) levels.set(id, found);
    const control = CONTROLS.find((each) => each.id === id);
    if (!control && id !== 'all' && !OTHER_POLICIES.includes(id)) {
      const near = nearest(id, ['all', ...CONTROLS.map((each) => each.id)]);
      say(`the control ${quoted(id)}`, `"all" or the id of a control${near}`, 'policy/controls has them');
      continue;
    }
    if (!isRecord(rest)) continue;
    for (const fault of parameterFaults(control ?? { id }, rest))
      say(fault.found, fault.expected, fault.cure);
    parameters.set(id, rest);
  }
  if (problems.length > 0) throw new BadInput(problems);
  const all = levels.get('all');
  return { levels, parameters, ...(all ? { all } : {}) };
}

/** A level alone stands for an object that has no more than the level. */
function partsOf(given: unknown): { level: unknown; rest?: Record<string, unknown> } {
  if (!isRecord(given)) return { level: given };
  const { enforcementLevel: level, ...rest } = given;
  return { level, rest };
}
