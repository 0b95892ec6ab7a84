import type { ASTNode } from '@marcbachmann/cel-js';
import { CONTROLS, OBJECT_CONTROLS } from '../../policy/catalogue';
import { syntaxTree } from '../../policy/cel';
import { celOf, layOut } from '../../policy/pages/cel';
import { controlPage } from '../../policy/pages/control';

/** What an expression means, as JSON: `a && (b && c)` is `a && b && c`. */
function meaningOf(text: string): string {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null || !('op' in value)) return value;
    const { op, args } = value as ASTNode;
    const inner = plain(args);
    if ((op !== '&&' && op !== '||') || !Array.isArray(inner)) return [op, inner];
    const same = (each: unknown): unknown[] =>
      Array.isArray(each) && each[0] === op ? each.slice(1) : [each];
    return [op, ...inner.flatMap(same)];
  };
  return JSON.stringify(plain(syntaxTree(text)));
}

test.each(OBJECT_CONTROLS.map((control) => [control.id, control] as const))(
  'the rule of %s is laid out in lines without a change of what it means',
  (_id, { expression, message }) => {
    for (const text of [expression, message]) {
      const whole = meaningOf(text);
      expect(meaningOf(layOut(text))).toBe(whole);
      expect(meaningOf(celOf(syntaxTree(text)))).toBe(whole);
    }
  },
);

test('a rule that is too long for a line is broken where it has parts', () => {
  const long = (name: string): string =>
    `object.spec.${name}.containers.all(c, c.image.startsWith('registry.example.com/'))`;
  expect(layOut("object.a == 'it''s' || object.b".replace("''", "\\'"))).toBe(
    "object.a == 'it\\'s' || object.b",
  );
  expect(layOut(`(${long('one')} && ${long('two')}) || !has(object.spec)`)).toBe(
    [`(${long('one')}`, `      && ${long('two')})`, '  || !has(object.spec)'].join('\n'),
  );
});

test.each(CONTROLS.map((control) => [control.id, control] as const))('the page of %s', (id, control) => {
  const page = controlPage(control);
  expect(page).toContain(`\n# ${id}\n`);
  for (const text of [control.title, control.why, control.remediation]) expect(page).toContain(text);
  for (const { title } of [...control.samples.allowed, ...control.samples.denied])
    expect(page).toContain(title);
  for (const name of Object.keys(control.parameters ?? {})) expect(page).toContain(`\n| \`${name}\` |`);
  for (const { section, heuristic } of control.cis)
    expect(page).toMatch(new RegExp(`\\| CIS 1.12 \\| ${section}\\b.*${heuristic ? 'heuristic' : ''} \\|`));
  expect(page).not.toMatch(/undefined|\[object O/);
});
