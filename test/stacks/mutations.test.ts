import fc from 'fast-check';
import { SettingsError, validate } from '../../stacks/validate';
import { at, changed, keysOf, type Raw, rawOf, stacks, withSecrets } from './files';
import { places } from './places';

/** Whatever a stack file says, the outcome is settings or an error that names the key: never another exception. */

const targets = stacks.flatMap((stack) => {
  const raw = withSecrets(stack, rawOf(stack));
  return places(raw).map((path) => ({ stack, raw, path }));
});

const texts = [
  '',
  ' ',
  '0',
  '-1',
  '1e9',
  'x'.repeat(100_000),
  'ünïcödé ✓ 漢字',
  '\u0000',
  '\ud800',
  '__proto__',
  '${x}',
  '$&',
];
const values = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  [],
  {},
  [[]],
  { secure: 'v1:x' },
  ...texts,
];

/** The problems of a configuration; `[]` when it is valid. Any error of another kind is let through. */
function problems(stack: string, raw: Raw): readonly string[] {
  try {
    validate(stack, raw, keysOf(raw));
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

/** The name of a place as it stands in a problem: its last key that is not a position in a list. */
function nameOf(path: readonly PropertyKey[]): string {
  return String(path.findLast((key) => typeof key === 'string')).replace('platform:', '');
}

function check({ stack, path }: { stack: string; path: PropertyKey[] }, raw: Raw, name = nameOf(path)): void {
  const found = problems(stack, raw);
  const named = found.length === 0 || found.some((line) => line.includes(name));
  const placed = found.every((line) => line.startsWith(`${stack}: platform:`));
  const told = new Set(found).size === found.length && !found.some((line) => /hidden-|\n/.test(line));
  // expect() is slow, and this runs ten thousand times.
  if (!named || !placed || !told)
    expect({ path, name, found }).toBe('named, placed and told once, no secret');
}

test('the shipped stacks offer enough places to change', () => {
  expect(targets.length).toBeGreaterThan(200);
  expect(targets.every(({ stack, raw }) => problems(stack, raw).length === 0)).toBe(true);
});

test('any setting replaced by a value of another type, out of range, empty, huge or unicode', () => {
  for (const target of targets) {
    for (const value of values) check(target, changed(target.raw, target.path, value));
  }
});

test('any setting removed', () => {
  for (const target of targets) check(target, changed(target.raw, target.path, undefined));
});

test('any key misspelt is refused, and said to be unknown or badly named', () => {
  for (const target of targets) {
    const key = target.path.at(-1);
    const parent = at(target.raw, target.path.slice(0, -1));
    if (typeof key !== 'string' || Array.isArray(parent)) continue;
    for (const misspelt of [`${key}x`, key.slice(0, -1), `${key} é`, key.toUpperCase()]) {
      if (misspelt === key) continue;
      const without = changed(target.raw, target.path, undefined);
      const raw = changed(without, [...target.path.slice(0, -1), misspelt], at(target.raw, target.path));
      const isName = target.path.length === 2 && target.path[0] === 'platform:workloads';
      // Names of variables and of files are the user's own.
      const isVariable = ['env', 'config'].some((map) => target.path.includes(map));
      const isOtherNamespace = target.path.length === 1 && !misspelt.startsWith('platform:');
      if (isName || isVariable || isOtherNamespace) check(target, raw, '');
      else {
        expect(problems(target.stack, raw)).not.toEqual([]);
        check(target, raw, misspelt.replace('platform:', ''));
      }
    }
  }
});

test('any setting replaced by anything that JSON can say', () => {
  fc.assert(
    fc.property(fc.constantFrom(...targets), fc.jsonValue({ noUnicodeString: false }), (target, value) => {
      check(target, changed(target.raw, target.path, value));
    }),
    { numRuns: 2000 },
  );
});

test('any configuration at all', () => {
  const areas = fc.constantFrom(...targets.map(({ path }) => String(path[0])));
  fc.assert(
    fc.property(fc.dictionary(areas, fc.jsonValue()), (raw) => {
      problems('dev', raw);
    }),
    { numRuns: 1000 },
  );
});
