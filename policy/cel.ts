import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { parametersOf, type ObjectControl, type Parameters } from './control';
import { registerQuantities } from './quantity';
import { Subject, toCel, UnknownValue } from './subject';

/**
 * What a control says of an object. `undecided`: the verdict hangs on a value that is not known yet. `broken`: the
 * control itself failed; it counts as a violation, never as a pass.
 */
export type Verdict =
  | { kind: 'allowed' }
  | { kind: 'denied'; message: string }
  | { kind: 'undecided'; message: string }
  | { kind: 'broken'; message: string };

/** Judges one object; never throws. `configured` are the parameters that differ from the control's defaults. */
export type Judge = (subject: Subject, configured?: Parameters) => Verdict;

type Expression = (subject: Subject, params: unknown) => unknown;

const environment = registerQuantities(
  new Environment({ enableOptionalTypes: true })
    .registerVariable('object', 'dyn')
    .registerVariable('variables', 'dyn'),
);

/**
 * Compiles a control, once, when it is first asked: most stacks have no objects of many kinds. One whose rule is no CEL
 * says so in every verdict; one whose message is none, where it denies.
 */
export function compile(control: ObjectControl): Judge {
  return (subject, configured) => {
    let judge = compiled.get(control);
    if (!judge) compiled.set(control, (judge = compileNow(control)));
    return judge(subject, configured);
  };
}

const compiled = new WeakMap<ObjectControl, Judge>();

const NO_PARAMETERS = toCel({});

function compileNow(control: ObjectControl): Judge {
  let expression: Expression;
  try {
    expression = parse(control.expression);
  } catch (error) {
    const verdict = broken(control, error);
    return () => verdict;
  }
  let message: Expression | undefined;
  let defaults: unknown;
  return (subject, configured = {}) => {
    try {
      const isTuned = Object.keys(configured).length > 0;
      defaults ??= control.parameters ? toCel(parametersOf(control)) : NO_PARAMETERS;
      const params = isTuned ? toCel(parametersOf(control, configured)) : defaults;
      const result = expression(subject, params);
      if (result === true) return { kind: 'allowed' };
      if (result !== false) throw new Error(`its expression gave ${typeof result}, not true or false`);
      message ??= parse(control.message);
      const found = describe(message, subject, params) ?? `it is not so: ${control.title}`;
      return { kind: 'denied', message: `${subject.name}: ${found}. ${control.remediation}` };
    } catch (error) {
      if (!(error instanceof UnknownValue)) return broken(control, error);
      return { kind: 'undecided', message: `${subject.name}: ${error.message}` };
    }
  };
}

/**
 * The syntax tree of a rule as it is written: macros such as `all` are calls in it.
 * @throws when the text is no CEL
 */
export function syntaxTree(text: string): ASTNode {
  return environment.parse(text).ast;
}

/** A container at fault, by name (empty: the pod itself), and what was found of it. */
export interface Culprit {
  container: string;
  found: string;
}

/** Names the containers that a control finds at fault in an object that it denies; none where it can't tell them. */
export function findCulprits(
  control: ObjectControl,
): (subject: Subject, configured?: Parameters) => Culprit[] {
  let find: Expression | undefined;
  return (subject, configured) => {
    if (control.culprits === undefined) return [];
    try {
      find ??= parse(control.culprits);
      return find(subject, toCel(parametersOf(control, configured))) as Culprit[];
    } catch {
      // The message as a whole still says what was found.
      return [];
    }
  };
}

/** @throws when the text is no CEL, or does not type-check */
function parse(text: string): Expression {
  const parsed = environment.parse(text);
  const { valid, error } = parsed.check();
  if (!valid) throw error ?? new Error(`invalid CEL: ${text}`);
  return (subject, params) =>
    parsed({ object: subject.object, variables: subject.variables(params) }) as unknown;
}

/** What was found; undefined when that cannot be told, which does not soften the verdict. */
function describe(message: Expression, subject: Subject, params: unknown): string | undefined {
  try {
    const found = message(subject, params);
    return typeof found === 'string' && found !== '' ? found : undefined;
  } catch {
    return undefined;
  }
}

function broken({ id }: ObjectControl, error: unknown): Verdict {
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: 'broken', message: `control ${id} could not be evaluated, so nothing passes it: ${reason}` };
}
