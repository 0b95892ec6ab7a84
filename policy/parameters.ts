import { nearest, quoted } from '../stacks/problems';
import type { Control, Parameters, ParameterSchema } from './control';

/** A parameter that a control can't be given, in the parts of its message. */
export interface ParameterFault {
  found: string;
  expected: string;
  cure: string;
}

/** Everything that is wrong with what a control is to be given. */
export function parameterFaults(
  control: Pick<Control, 'id' | 'parameters'>,
  given: Parameters,
): ParameterFault[] {
  return Object.entries(given).flatMap(([name, value]) => faultOf(control, name, value) ?? []);
}

function faultOf(
  { id, parameters = {} }: Pick<Control, 'id' | 'parameters'>,
  name: string,
  value: unknown,
): ParameterFault | undefined {
  const schema = parameters[name];
  if (!schema) {
    const known = Object.keys(parameters);
    return {
      found: `the parameter ${quoted(name)} of ${id}`,
      expected: known.length > 0 ? `a parameter of it${nearest(name, known)}` : 'none: it has none',
      cure: 'Leave it out, or correct its name',
    };
  }
  const expected = mismatch(value, schema);
  if (expected === undefined) return undefined;
  return { found: `${id}.${name} ${textOf(value)}`, expected, cure: schema.description.replace(/\.$/, '') };
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
