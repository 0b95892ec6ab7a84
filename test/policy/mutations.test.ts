import { compile } from '../../policy/cel';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import type { ObjectControl } from '../../policy/control';
import { Subject } from '../../policy/subject';
import { mutantsOf, type Mutant, type Operator } from './mutants';

/** Whoever breaks a rule is told: each mutant of a rule gives some sample of its control another verdict. */

const ASSERTED: readonly Operator[] = ['whole', 'negation'];

/** Verdicts of a control's samples with another expression; true where one is not what its list declares. */
function killer({ samples, ...control }: ObjectControl): (expression: string) => boolean {
  const cases = (['allowed', 'denied'] as const).flatMap((kind) =>
    samples[kind].map(({ object, parameters }) => ({ kind, subject: new Subject(object), parameters })),
  );
  return (expression) => {
    const judge = compile({ ...control, samples, expression, message: "''" });
    return cases.some(({ kind, subject, parameters }) => judge(subject, parameters).kind !== kind);
  };
}

test.each(OBJECT_CONTROLS.map((control) => [control.id, control] as const))(
  'each mutant of %s is seen by a sample',
  (_id, control) => {
    const isKilled = killer(control);
    expect(isKilled(control.expression)).toBe(false);
    const mutants = mutantsOf(control.expression).filter(({ operator }) => ASSERTED.includes(operator));
    expect(mutants.length).toBeGreaterThanOrEqual(3);
    expect(mutants.filter(({ expression }) => !isKilled(expression)).map(described)).toEqual([]);
  },
);

function described({ operator, change }: Mutant): string {
  return `${operator}: ${change}`;
}
