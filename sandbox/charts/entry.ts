import type { Json, JsonObject, SettingFacts } from './facts';

/** One test: of a value or a name (is it on, or compared with `text`), or whether the cluster serves `api`. */
export interface Term {
  path?: string[];
  name?: string;
  compare?: '=' | '>' | '~';
  text?: string;
  api?: string;
  not?: boolean;
  /** Upstream's default is on. */
  on?: boolean;
}
/** Any of the lists, each of which needs all its terms. Empty: never. */
export type Condition = Term[][];

/** An image reference, each piece from the first values path that is set, else its default. */
export type ImagePieces = Record<
  'registry' | 'repository' | 'tag' | 'digest',
  { from: string[][]; default: string }
>;

/** One field of an object that values decide: where it goes and where it comes from. */
export interface Setting {
  to: (string | number)[];
  when: Condition;
  from?: string[][];
  value?: Json;
  image?: ImagePieces;
  omit?: string[];
  remove?: boolean;
  replace?: boolean;
  append?: boolean;
  yaml?: boolean;
  strings?: boolean;
  random?: number;
}

/** What the generic chart's template renders: an object, on a condition, with the fields that values decide. */
export interface Entry {
  when: Condition;
  each?: string[];
  max?: number;
  object: JsonObject;
  set: Setting[];
}

export const always: Condition = [[]];

/**
 * Reads terms joined by `&&` and `||`: `a.b` (on), `a.b?` (on unless switched off), `a=text`, `a>1`, `a~text` (a list
 * that holds the text), `$name=text`, `api:group/version` (served by the cluster). `!` before a term turns it round.
 */
export function parseCondition(text: string | undefined): Condition {
  if (text === undefined || text === '') return always;
  return text.split('||').map((all) => all.split('&&').map((term) => parseTerm(term.trim())));
}

function parseTerm(text: string): Term {
  const [, not, plain = ''] = /^(!)?(.*)$/.exec(text) ?? [];
  const [, path = '', on, compare, other] = /^([^=>~?]*)(\?)?(?:([=>~])(.*))?$/.exec(plain) ?? [];
  return {
    ...(not && { not: true }),
    ...(on && { on: true }),
    ...subjectOf(path),
    ...(compare && { compare: compare as '=' | '>' | '~', text: other ?? '' }),
  };
}

function subjectOf(path: string): Pick<Term, 'path' | 'name' | 'api'> {
  if (path.startsWith('api:')) return { api: path.slice('api:'.length) };
  return path.startsWith('$') ? { name: path } : { path: splitPath(path) };
}

/** The condition that holds when both do. */
export function both(one: Condition, other: Condition): Condition {
  return one.flatMap((terms) => other.map((more) => [...terms, ...more]));
}

/** `a.b[c.d/e]` -> `a`, `b`, `c.d/e`. */
export function splitPath(path: string): string[] {
  return [...path.matchAll(/\[([^\]]+)\]|[^.[\]]+/g)].map(([whole, quoted]) => quoted ?? whole);
}

/** Several dotted paths separated by spaces. */
export function splitPaths(paths: string): string[][] {
  return paths.split(' ').filter(Boolean).map(splitPath);
}

/** The values path(s) of each key below each of the prefixes in `at`; empty is the root. */
export function below(at: string, ...keys: string[]): string {
  const prefixes = at === '' ? [''] : at.split(' ').map((prefix) => `${prefix}.`);
  return prefixes.flatMap((prefix) => keys.map((key) => `${prefix}${key}`)).join(' ');
}

/** A field at `to` that takes the first of the values paths in `from` that is set. */
export function fromValues(to: (string | number)[], from: string, replace = false): Setting {
  return { to, from: splitPaths(from), when: always, ...(replace && { replace }) };
}

/** A setting as a facts file writes it. */
export function toSetting({ to, from, when, ...rest }: SettingFacts): Setting {
  const place = splitPath(to).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...known,
    to: place,
    when: parseCondition(when),
    ...(from !== undefined && { from: splitPaths(from) }),
  };
}
