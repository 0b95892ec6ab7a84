import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { describeFailure, type Failure } from '../../sandbox/engine/errors';
import { checkSettings } from '../../sandbox/engine/settings';
import { SettingsError } from '../../stacks/validate';
import { STACK_TRACE } from '../helpers/refusal';
import { at, changed, type Raw, rawOf, stacks } from '../stacks/files';
import { places } from '../stacks/places';

/**
 * Every leaf of every stack file, spoilt in every way, through the file and the check that each command runs first:
 * the outcome is settings, or one clear message that names the key. `test/stacks/mutations.test.ts` goes wider, below
 * the file. MUTATION_SEED repeats a run.
 */

const seed = Number(process.env.MUTATION_SEED ?? Math.floor(Math.random() * 2 ** 31));

type Path = readonly PropertyKey[];
/** A stack's configuration with one leaf spoilt, and the word that a message about it must hold. */
type Mutation = (raw: Raw, path: Path, pick: <T>(values: fc.Arbitrary<T>) => T) => [Raw, string];

/** A place's last key that is not a position in a list. */
function nameOf(path: Path): string {
  return String(path.findLast((key) => typeof key === 'string')).replace('platform:', '');
}

function replaced(values: (old: unknown) => fc.Arbitrary<unknown>): Mutation {
  return (raw, path, pick) => [changed(raw, path, pick(values(at(raw, path)))), nameOf(path)];
}

const others: unknown[] = [null, true, 7, 1.5, 'text', ['a', 7], { a: 1 }, [[]], { secure: 'v1:x' }];

const MUTATIONS: Record<string, Mutation> = {
  'of the wrong type': replaced((old) =>
    fc.constantFrom(...others.filter((value) => typeof value !== typeof old)),
  ),
  'out of range': replaced((old) =>
    typeof old === 'number'
      ? fc.oneof(fc.integer({ max: -1 }), fc.integer({ min: 100_000 }), fc.double({ min: 0.1, max: 0.9 }))
      : fc.constantFrom(
          '0',
          '-1',
          '0s',
          '999999999999w',
          '0Gi',
          '-1Gi',
          '1e99',
          '101%',
          '::/129',
          '1.2.3.4/33',
        ),
  ),
  empty: replaced(() => fc.constantFrom<unknown>('', ' ', null, [], {})),
  huge: replaced(() =>
    fc.constantFrom<unknown>(1e308, Number.MAX_SAFE_INTEGER, 'x'.repeat(100_000), Array(10_000).fill('x')),
  ),
  'in other letters': replaced(() =>
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((text) => `é漢\u202e\u009b${text}`),
  ),
  removed: (raw, path) => [changed(raw, path, undefined), nameOf(path)],
  misspelt: (raw, path, pick) => {
    const depth = path.findLastIndex((key) => typeof key === 'string');
    const [above, old] = [path.slice(0, depth), String(path[depth])];
    const [prefix, word] = old.startsWith('platform:') ? ['platform:', old.slice(9)] : ['', old];
    const letter = pick(fc.nat(word.length - 1));
    const misspelt = pick(
      fc.constantFrom(
        word.slice(0, letter) + word.slice(letter + 1),
        `${word.slice(0, letter)}x${word.slice(letter)}`,
        `${word.slice(0, letter)}é${word.slice(letter)}`,
        word.toUpperCase(),
      ),
    );
    if (misspelt === word) return [raw, ''];
    const without = changed(raw, [...above, old], undefined);
    // What is misspelt away may also be missed by its right name.
    return [changed(without, [...above, prefix + misspelt], at(raw, [...above, old])), misspelt];
  },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-mutated-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The failure that a configuration meets, or undefined when it is taken. */
function failureOf(stack: string, raw: Raw): Failure | undefined {
  writeFileSync(join(folder, `Pulumi.${stack}.yaml`), stringify({ config: raw }));
  try {
    checkSettings(stack, folder);
    return undefined;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return describeFailure(error);
  }
}

/** What is not clear about a failure; '' when nothing. */
function unclear({ message, cure }: Failure, stack: string, word: string): string {
  const [head = '', ...lines] = message.split('\n');
  if (!head.startsWith(`the settings of stack ${stack} are refused, and nothing was touched:`))
    return 'its head';
  if (lines.length === 0 || !lines.every((line) => line.startsWith(`  ${stack}: platform:`)))
    return 'a place';
  if (!lines.some((line) => line.includes(word))) return 'the key';
  if (new Set(lines).size < lines.length) return 'said twice';
  if (lines.some((line) => line.length > 1000)) return 'its length';
  if (STACK_TRACE.test(message) || /[\p{Cc}\p{Cf}]/u.test(lines.join(''))) return 'what it shows';
  return cure.includes('docs/settings.md') ? '' : 'its cure';
}

const leaves = stacks.flatMap((stack) => {
  const raw = rawOf(stack);
  const ends = places(raw).filter((path) => typeof at(raw, path) !== 'object');
  return ends.map((path) => ({ stack, raw, path }));
});

test(`every leaf of the four stack files is spoilt: ${leaves.length * Object.keys(MUTATIONS).length} times`, () => {
  expect(new Set(leaves.map(({ stack }) => stack)).size).toBe(4);
  expect(leaves.length * Object.keys(MUTATIONS).length).toBeGreaterThan(500);
});

test.each(Object.entries(MUTATIONS))(`a leaf %s is valid, or refused by name (seed ${seed})`, (_, mutate) => {
  let refused = 0;
  const wrong = leaves.flatMap(({ stack, raw, path }, index) => {
    let draws = 0;
    const pick = <T>(values: fc.Arbitrary<T>): T =>
      fc.sample(values, { seed: seed + 97 * index + draws++, numRuns: 1 })[0] as T;
    const [mutated, word] = mutate(raw, path, pick);
    const failure = failureOf(stack, mutated);
    if (!failure) return [];
    refused += 1;
    const what = unclear(failure, stack, word);
    return what === ''
      ? []
      : [{ what, stack, path: path.join('.'), word, message: failure.message.slice(0, 500) }];
  });
  expect({ seed, wrong }).toEqual({ seed, wrong: [] });
  expect(refused).toBeGreaterThan(leaves.length / 20);
  expect(readdirSync(folder).every((file) => /^Pulumi\.[a-z]+\.yaml$/.test(file))).toBe(true);
});
