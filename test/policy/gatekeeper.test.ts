import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { constraintKind, constraintOf, constraintTemplate } from '../../policy/gatekeeper';
import type { KubernetesObject } from '../../policy/objects';
import { isJudged, shown, suiteOf, writeSuites } from '../../policy/suites';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';
import { ADMITTED, deniedBy, LABEL, leftTo, VARIANTS, variantOf, verdictOf } from './admission-support';
import { corpus } from './corpus';

/** The pack against Gatekeeper, as gator runs it: the same templates and constraints that a cluster gets. */

/** GATEKEEPER_SEED repeats a run. */
const SEED = Number(process.env.GATEKEEPER_SEED ?? Date.now() % 2 ** 31);
const COUNT = 5000;
/** Objects of one run of gator, whose answer holds each object once for each violation. */
const AT_ONCE = 1000;

jest.setTimeout(600_000);

/** Controls of all that is in a namespace: of what has none, gator does not know whether its kind takes one. */
const SCOPED = ADMITTED.filter(({ match }) => match.includes('namespaced')).map(({ id }) => id);

interface Result {
  msg: string;
  constraint: { kind: string; metadata: { name: string } };
  violatingObject: KubernetesObject;
}

let folder: string;
let gator: string;

beforeAll(async () => {
  process.stderr.write(`GATEKEEPER_SEED=${SEED}\n`);
  folder = mkdtempSync(join(tmpdir(), 'platform-gator-'));
  gator = (await obtainToolchain({ names: ['gator'] })).get('gator')!.path;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('has a kind of its own for each control; five have the names that teams know them by', () => {
  const kinds = ADMITTED.map(constraintKind);
  expect(new Set(kinds.map((kind) => kind.toLowerCase())).size).toBe(ADMITTED.length);
  expect(kinds).toEqual(
    expect.arrayContaining([
      'AllowedRegistries',
      'NonRoot',
      'NoPrivileged',
      'RequiredLabels',
      'ResourceLimits',
    ]),
  );
});

it('judges every sample as the pack does, and in the same words', async () => {
  const samples = ADMITTED.flatMap((control) =>
    [...control.samples.allowed, ...control.samples.denied]
      .filter(({ object }) => isJudged(object))
      .map(({ object, parameters }) => ({ variant: variantOf(control, parameters), object })),
  ).map(({ variant, object }, index) => ({ variant, object: named(leftTo(variant, object), index) }));
  const policies = [
    ...ADMITTED.map((control) => constraintTemplate(control)),
    ...VARIANTS.map(({ control, key, parameters }) => {
      const constraint = constraintOf(control, {
        action: 'deny',
        admits: true,
        ...(parameters && { parameters }),
      });
      return restricted(constraint, key, { matchLabels: { [LABEL]: key } });
    }),
  ];
  const found = await judge(
    policies,
    samples.map(({ object }) => object),
  );
  const differences = samples.flatMap(({ object, variant }) => {
    const verdict = verdictOf(variant, object);
    const expected = verdict.kind === 'denied' ? [[variant.key, verdict.message]] : [];
    const told = (found.get(nameOf(object)) ?? []).map(({ constraint, msg }) => [
      constraint.metadata.name,
      msg,
    ]);
    return JSON.stringify(told) === JSON.stringify(expected)
      ? []
      : [{ sample: nameOf(object), told, expected }];
  });
  expect(differences).toEqual([]);
});

it(`judges ${COUNT} objects as the pack does`, async () => {
  const objects = fc
    .sample(corpus.filter(isJudged), { numRuns: COUNT, seed: SEED })
    .map((object, index) => named(object, index));
  const policies = ADMITTED.flatMap((control) => [
    constraintTemplate(control),
    constraintOf(control, { action: 'deny', admits: true }),
  ]);
  const differences: string[] = [];
  for (let from = 0; from < objects.length; from += AT_ONCE) {
    const some = objects.slice(from, from + AT_ONCE);
    const found = await judge(policies, some);
    for (const object of some) {
      const comparable = (ids: readonly string[]): string[] =>
        ids.filter((id) => object.metadata?.namespace !== undefined || !SCOPED.includes(id)).sort();
      const told = comparable(
        (found.get(nameOf(object)) ?? []).map(({ constraint }) => constraint.metadata.name),
      );
      const expected = comparable(deniedBy(object));
      if (JSON.stringify(told) !== JSON.stringify(expected))
        differences.push(`gator: ${told.join()}; the pack: ${expected.join()}: ${JSON.stringify(object)}`);
    }
  }
  expect({ SEED, found: differences.length, first: differences.slice(0, 3) }).toEqual({
    SEED,
    found: 0,
    first: [],
  });
});

it('keeps to the suites that its users run with gator verify', () => {
  const suites = join(folder, 'suites');
  expect(writeSuites(suites)).toBe(ADMITTED.length);
  const { status, stdout, stderr } = spawnSync(gator, ['verify', `${suites}/...`], { encoding: 'utf8' });
  const failed = `${stdout}${stderr}`.split('\n').filter((line) => /FAIL|error/i.test(line));
  expect({ status, failed }).toEqual({ status: 0, failed: [] });
  expect(stdout.match(/^ok\b/gm)).toHaveLength(ADMITTED.length);
});

it('has no suite that passes whatever the rule says', () => {
  const control = ADMITTED.find(({ id }) => id === 'no-privileged')!;
  const place = join(folder, 'broken');
  mkdirSync(place);
  for (const [name, content] of suiteOf({ ...control, expression: 'true' }))
    writeFileSync(join(place, name), JSON.stringify(content));
  const { status } = spawnSync(gator, ['verify', `${place}/...`], { encoding: 'utf8' });
  expect(status).not.toBe(0);
});

/** Violations by the name of the object. */
async function judge(
  policies: readonly KubernetesObject[],
  objects: readonly KubernetesObject[],
): Promise<Map<string, Result[]>> {
  const write = (name: string, all: readonly KubernetesObject[]): string => {
    const path = join(folder, name);
    writeFileSync(path, all.map((each) => JSON.stringify(each)).join('\n---\n'));
    return path;
  };
  const args = [
    'test',
    '-o',
    'json',
    '-f',
    write('policies.yaml', policies),
    '-f',
    write('objects.yaml', objects),
  ];
  const results = await run(args);
  const byName = new Map<string, Result[]>();
  for (const result of results) {
    const name = nameOf(result.violatingObject);
    byName.set(name, [...(byName.get(name) ?? []), result]);
  }
  return byName;
}

/** gator ends with 1 where something is denied, and then has nothing to say on standard error. */
function run(args: string[]): Promise<Result[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(gator, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', () => {
      if (errors !== '') reject(new Error(errors.slice(0, 2000)));
      else resolve((JSON.parse(Buffer.concat(out).toString('utf8')) as Result[] | null) ?? []);
    });
  });
}

/** The constraint under another name, for objects with these labels. */
function restricted(constraint: KubernetesObject, name: string, labelSelector: object): KubernetesObject {
  const spec = constraint.spec as { match: object };
  return { ...constraint, metadata: { name }, spec: { ...spec, match: { ...spec.match, labelSelector } } };
}

/** Under a name of its own, and as the API server would show it to Gatekeeper. */
function named(object: KubernetesObject, index: number): KubernetesObject {
  const renamed = { ...object, metadata: { ...object.metadata, name: `object-${index}` } };
  return shown(renamed) as KubernetesObject;
}

function nameOf({ metadata }: KubernetesObject): string {
  return String(metadata?.name);
}
