import { CONTROLS } from '../../catalogue';
import { OWN_POLICIES } from '../../own-policies';
import type { Outcome, Told } from '../outcome';

/** How wide lines get where the terminal does not say; wider ones are hard to read. */
const WIDEST = 100;
const NARROWEST = 40;

/**
 * A report for people: violations under the object that they are of, then what else there is to know, then the counts.
 * Errors are told elsewhere, on standard error.
 * @param columns width of the terminal, where there is one
 * @param brief whether what only warns is one line for each control
 */
export function textReport(outcome: Outcome, columns = WIDEST, brief = false): string {
  const width = Math.max(NARROWEST, Math.min(columns, WIDEST));
  const { violations } = outcome;
  const warned = brief ? violations.filter(({ level }) => level === 'advisory') : [];
  const groups = groupBy(
    brief ? violations.filter(({ level }) => level === 'mandatory') : violations,
    headOf,
  );
  const blocks = [
    ...(warned.length > 0 ? [['Controls that warn (docs/policy.md):', ...warnings(warned, width)]] : []),
    ...[...groups].map(([head, those]) => [
      ...wrap(head, width, ''),
      ...[...those].sort(byGravity).flatMap((each) => lines(each, width)),
    ]),
    [...notes(outcome), summary(outcome)].flatMap((note) => wrap(note, width, '')),
  ];
  return `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`;
}

/** A line for each control that warns: what of one object, and how many more. */
function warnings(warned: readonly Told[], width: number): string[] {
  return [...groupBy(warned, ({ control }) => control)].flatMap(([control, those]) => {
    const [first] = those;
    const more = those.length > 1 ? `, and ${those.length - 1} more` : '';
    if (!first) return [];
    const head = first.kind === undefined ? '' : `${headOf({ ...first, file: '', resource: '' })}: `;
    const found = `${head}${foundIn(first)}`;
    return wrap(`! ${control}: ${found}${more}`, width, '  ', '    ');
  });
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function headOf({ file, resource, kind, namespace, name }: Told): string {
  const place = plain(resource ?? file ?? '');
  if (kind === undefined) return place || 'the program';
  const object = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name ?? '(without a name)'}`;
  return `${plain(object)}${place ? `  in ${place}` : ''}`;
}

function lines(violation: Told, width: number): string[] {
  const { control, severity, level, line, path } = violation;
  const sign = level === 'mandatory' ? '✗' : '!';
  const place = [line === undefined ? '' : `line ${line}`, path ?? '']
    .filter((text) => text !== '')
    .join(', ');
  return [
    ...wrap(`${sign} ${control} (${severity})${place ? `  ${plain(place)}` : ''}`, width, '  ', '    '),
    ...wrap(`${foundIn(violation)}.`, width, '    '),
    ...(level === 'mandatory' ? wrap(`To do: ${cureOf(violation)}`, width, '    ') : []),
  ];
}

/** What was found, without the object's name before it and the cure after it. */
function foundIn(told: Told): string {
  const { kind, message } = told;
  const found = message.replace(` ${cureOf(told)}`, '').replace(/\.$/, '');
  const start = kind !== undefined && found.startsWith(`${kind} `) ? found.indexOf(': ') + 2 : 0;
  return plain(found.slice(start));
}

function cureOf({ control }: Told): string {
  return [...CONTROLS, ...OWN_POLICIES].find(({ id }) => id === control)?.remediation ?? 'see docs/controls.';
}

function notes({ skipped, generalOnly, exempted, fixed }: Outcome): string[] {
  const named = skipped.map(({ file = '', line }) => `${plain(file)}${line === undefined ? '' : `:${line}`}`);
  return [
    ...(fixed
      ? [
          `mended ${count(fixed.violations, 'violation')} in ${count(fixed.objects, 'object')}; written to ${fixed.folder}`,
        ]
      : []),
    ...(named.length > 0 ? [`left out, no manifests: ${named.join(', ')}`] : []),
    ...(generalOnly.length > 0
      ? [`judged only by what holds for every object: ${generalOnly.map(plain).join(', ')}`]
      : []),
    ...(exempted > 0 ? [`${count(exempted, 'violation')} exempt (policy/exemptions.ts)`] : []),
  ];
}

/** "3 objects judged by 162 controls: 2 violations, 1 warning". */
export function summary({ controls, objects, violations }: Outcome): string {
  const mandatory = violations.filter(({ level }) => level === 'mandatory').length;
  const judged = `${count(objects, 'object')} judged by ${count(controls.length, 'control')}`;
  return `${judged}: ${count(mandatory, 'violation')}, ${count(violations.length - mandatory, 'warning')}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

const GRAVITY = ['critical', 'high', 'medium', 'low'];

function byGravity(one: Told, other: Told): number {
  if (one.level !== other.level) return one.level === 'mandatory' ? -1 : 1;
  return GRAVITY.indexOf(one.severity) - GRAVITY.indexOf(other.severity);
}

/** Without what a terminal would obey or hide: names come from whoever wrote the manifest. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�');
}

/** Lines no wider than that, save where one word is. */
function wrap(text: string, width: number, first: string, rest = first): string[] {
  const wrapped: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      wrapped.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...wrapped, line];
}
