import { readFileSync } from 'node:fs';
import { nearest, quoted, shown } from '../../stacks/problems';
import { CONTROLS } from '../catalogue';
import type { Control, Parameters, ParameterSchema } from '../control';
import { isRecord } from '../objects';
import { LEVELS, type Level } from '../target';
import { BadInput, problem, type Problem, reasonOf } from './problems';

/** What a file for `--policy-pack-config` says. */
export interface Config {
  /** Level of every control that has none of its own here. */
  all?: Level;
  levels: ReadonlyMap<string, Level>;
  parameters: ReadonlyMap<string, Parameters>;
}

export const NO_CONFIG: Config = { levels: new Map(), parameters: new Map() };

/** A policy of the pack that is no control: it has a level, and nothing to judge in manifests. */
const OTHER_POLICIES = ['rendered-releases'];

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
    for (const [name, value] of Object.entries(rest)) checkParameter(id, control, name, value, say);
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

function checkParameter(
  id: string,
  control: Control | undefined,
  name: string,
  value: unknown,
  say: (what: string, expected: string, cure: string) => void,
): void {
  const schema = control?.parameters?.[name];
  if (!schema) {
    const known = Object.keys(control?.parameters ?? {});
    const expected = known.length > 0 ? `a parameter of it${nearest(name, known)}` : 'none: it has none';
    say(`the parameter ${quoted(name)} of ${id}`, expected, 'Leave it out, or correct its name');
    return;
  }
  const expected = mismatch(value, schema);
  if (expected) say(`${id}.${name} ${textOf(value)}`, expected, schema.description.replace(/\.$/, ''));
}

/** What a parameter should be, where this value is not. */
function mismatch(value: unknown, schema: ParameterSchema): string | undefined {
  if (schema.type === 'boolean') return typeof value === 'boolean' ? undefined : 'true or false';
  if (schema.type === 'integer') return integerMismatch(value, schema);
  if (schema.type === 'string')
    return matchesText(value, schema.pattern) ? undefined : `a text${suchThat(schema.pattern, 'matches')}`;
  const { items, minItems = 0 } = schema;
  const isList = Array.isArray(value) && value.length >= minItems;
  if (isList && value.every((item) => matchesText(item, items.pattern))) return undefined;
  const least = minItems > 0 ? ` of at least ${minItems}` : '';
  return `a list of texts${least}${suchThat(items.pattern, 'match')}`;
}

function integerMismatch(
  value: unknown,
  { minimum = -Infinity, maximum = Infinity }: { minimum?: number; maximum?: number },
): string | undefined {
  if (Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum) return undefined;
  const least = Number.isFinite(minimum) ? [`at least ${minimum}`] : [];
  const most = Number.isFinite(maximum) ? [`at most ${maximum}`] : [];
  return ['a whole number', ...least, ...most].join(', ');
}

function matchesText(value: unknown, pattern = ''): boolean {
  return typeof value === 'string' && new RegExp(pattern, 'u').test(value);
}

function suchThat(pattern: string | undefined, verb: string): string {
  return pattern === undefined ? '' : ` that ${verb} ${pattern}`;
}

function textOf(value: unknown): string {
  const text = quoted(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
