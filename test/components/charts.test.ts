import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUE, CHART_NAMES } from '../../components/catalogue';
import { packArchive, unpackArchive } from '../../policy/archive';
import { collectManifests } from '../../components/charts/crds';
import { ChartError } from '../../components/charts/error';
import { sha256Of } from '../../components/charts/files';
import { LOCK_FILE, readLock, writeLock } from '../../components/charts/lock';
import { chartArchive, failureOf } from './charts-support';

const gateway = chartArchive('gateway');

describe('charts.lock.json', () => {
  const folder = mkdtempSync(join(tmpdir(), 'charts-lock-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has one entry for every row of the catalogue, at its version', () => {
    const versions = Object.entries(readLock()).map(([chart, { version }]) => [chart, version]);
    expect(versions).toEqual(CHART_NAMES.map((chart) => [chart, CATALOGUE[chart].version]));
  });

  it('is as the program writes it', () => {
    const copy = join(folder, 'lock.json');
    writeLock(readLock(), copy);
    expect(readFileSync(copy, 'utf8')).toBe(readFileSync(LOCK_FILE, 'utf8'));
  });

  it('loses a digest with the version that it was for', () => {
    const copy = join(folder, 'lock.json');
    const sha256 = sha256Of('any');
    writeLock(
      { gateway: { version: '0.0.1', sha256 }, cni: { version: CATALOGUE.cni.version, sha256 } },
      copy,
    );
    expect(readLock(copy)).toMatchObject({ gateway: { sha256: '' }, cni: { sha256 } });
  });

  it.each([
    [
      'an entry is no digest',
      '{ "gateway": { "version": "1", "sha256": "abc" } }',
      /gateway\.sha256: expected 64/,
    ],
    ['an entry has another key', '{ "gateway": { "version": "1", "sha256": "", "a": 1 } }', /gateway: .*"a"/],
    ['it is no JSON', '{ "gateway": ', /JSON/],
    ['it is a list', '[]', /all of it: .*record/],
    ['it is empty', '', /JSON/],
  ])('is refused by name when %s', async (_, text, reason) => {
    const copy = join(folder, 'lock.json');
    writeFileSync(copy, text);
    const error = await failureOf(Promise.resolve().then(() => readLock(copy)));
    expect(error).toBeInstanceOf(ChartError);
    expect(error.message).toContain(`${copy} cannot be used: `);
    expect(error.message).toMatch(reason);
    expect(error.message).not.toContain('\n');
    expect(error.cure).toContain('git checkout');
  });
});

describe('a chart archive', () => {
  const long = `charts/crds/manifests/CustomResourceDefinition/${'a'.repeat(90)}.json`;

  it('has the same bytes whatever the order of its files, and gives them back', () => {
    const one = packArchive(
      'x',
      new Map([
        ['b', 'two'],
        [long, 'é'],
        ['a', ''],
      ]),
    );
    const other = packArchive(
      'x',
      new Map([
        ['a', ''],
        ['b', 'two'],
        [long, 'é'],
      ]),
    );
    expect(one.equals(other)).toBe(true);
    const texts = [...unpackArchive(one)].map(([path, content]) => [path, content.toString()]);
    expect(Object.fromEntries(texts)).toEqual({ a: '', b: 'two', [long]: 'é' });
  });

  it('is not written with a path that no tar header holds', () => {
    expect(() => packArchive('x', new Map([['a'.repeat(101), '']]))).toThrow(/too long/);
  });

  it('is refused when cut short', () => {
    expect(() => unpackArchive(gateway.subarray(0, gateway.length - 20))).toThrow();
  });
});

describe('the CRDs in a render', () => {
  const definition = (body: string): string =>
    `# Source: x\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n${body}`;
  const collect = (...documents: string[]): unknown[] =>
    [...collectManifests(`---\n${documents.join('\n---\n')}`, [KIND]).values()].map(
      (text) => JSON.parse(text) as unknown,
    );
  const KIND = 'apiextensions.k8s.io/v1 CustomResourceDefinition';
  const base = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };

  it('come without status and what Helm would take for hooks or keep', () => {
    const body = [
      'metadata:',
      '  name: things.example.com',
      '  annotations: { helm.sh/resource-policy: keep, helm.sh/hook: crd-install, own: "1" }',
      'status: { conditions: [] }',
    ].join('\n');
    const metadata = { name: 'things.example.com', annotations: { own: '1' } };
    expect(collect(definition(body))).toEqual([{ ...base, metadata }]);
  });

  it('lose an empty list of annotations', () => {
    const body = 'metadata: { name: a, annotations: { helm.sh/resource-policy: keep } }';
    expect(collect(definition(body))).toEqual([{ ...base, metadata: { name: 'a' } }]);
  });

  it('are read as Helm reads YAML', () => {
    const body =
      'metadata: { name: a }\nspec: { yes: on, when: 2020-01-01, time: 12:30:00, mode: 0644, text: "on" }';
    const spec = { true: true, when: '2020-01-01', time: '12:30:00', mode: 0o644, text: 'on' };
    expect(collect(definition(body))).toEqual([{ ...base, metadata: { name: 'a' }, spec }]);
  });

  it('are all that is taken, whatever other documents say or hold', () => {
    const config = 'apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    kind: CustomResourceDefinition';
    expect(
      collect(config, '# CustomResourceDefinition', 'broken: [', definition('metadata: { name: a }')),
    ).toHaveLength(1);
  });
});
