import { formatProblem } from '../problems';
import type { Outcome, Told } from '../outcome';

/** JUnit XML: one test case for each control, and one more where something given can't be used. */
export function junitReport({ controls, violations, errors, objects }: Outcome): string {
  const of = (id: string): Told[] => violations.filter(({ control }) => control === id);
  const ids = [...new Set([...controls.map(({ id }) => id), ...violations.map(({ control }) => control)])];
  const titles = new Map(controls.map(({ id, title }) => [id, title]));
  const cases = ids.map((id) => testCase(id, titles.get(id) ?? id, of(id)));
  const failures = ids.filter((id) => of(id).some(({ level }) => level === 'mandatory')).length;
  const input =
    errors.length === 0
      ? []
      : [
          suite('input', 1, 0, 1, [
            `<testcase classname="policy" name="input">`,
            `  <error message="${attribute(`${errors.length} of what was given can't be used`)}">${content(errors.map(formatProblem).join('\n'))}</error>`,
            '</testcase>',
          ]),
        ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="policy" tests="${ids.length + input.length}" failures="${failures}" errors="${input.length}">`,
    ...suite(`policy (${objects} objects)`, ids.length, failures, 0, cases.flat()),
    ...input.flat(),
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(name: string, tests: number, failures: number, errors: number, lines: string[]): string[] {
  const counts = `tests="${tests}" failures="${failures}" errors="${errors}" skipped="0"`;
  return [
    `  <testsuite name="${attribute(name)}" ${counts}>`,
    ...lines.map((line) => `    ${line}`),
    '  </testsuite>',
  ];
}

/** What only warns does not fail, and stands in the output of the case. */
function testCase(id: string, title: string, violations: readonly Told[]): string[] {
  const refused = violations.filter(({ level }) => level === 'mandatory');
  const warned = violations.filter(({ level }) => level === 'advisory');
  const head = `<testcase classname="policy" name="${attribute(`${id}: ${title}`)}"`;
  if (violations.length === 0) return [`${head}/>`];
  const plural = refused.length === 1 ? '' : 's';
  return [
    `${head}>`,
    ...(refused.length > 0
      ? [
          `  <failure message="${attribute(`${refused.length} violation${plural}`)}" type="${refused[0]?.severity ?? ''}">${content(refused.map(line).join('\n'))}</failure>`,
        ]
      : []),
    ...(warned.length > 0 ? [`  <system-out>${content(warned.map(line).join('\n'))}</system-out>`] : []),
    '</testcase>',
  ];
}

function line({ message, ...where }: Told): string {
  return formatProblem({ message, ...where });
}

function attribute(text: string): string {
  return content(text).replace(/"/g, '&quot;').replace(/\n/g, '&#10;');
}

/** XML 1.0 has no way to write most control characters, nor half of a pair. */
function content(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}
