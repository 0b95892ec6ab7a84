import type { Stack } from '@pulumi/pulumi/automation';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import {
  generateSecret,
  layOutProject,
  readStackFile,
  withoutSecure,
  writePath,
} from '../../sandbox/engine/project';
import { readState } from '../../sandbox/engine/workspace';
import { ROOT, type StackPaths, stackPaths, stateFolder } from '../../sandbox/paths';
import { at as valueAt, changed, type Raw, rawOf, read } from '../stacks/files';

let folder: string;
let paths: StackPaths;
const copy = (): string => join(paths.project, 'Pulumi.prod.yaml');
const config = (): Raw => (parse(readFileSync(copy(), 'utf8')) as { config: Raw }).config;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-project-'));
  paths = stackPaths('prod', { PLATFORM_STATE: folder });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What the engine does once it has a value for a secret: encrypts it, and writes the salt. */
function encrypt(secrets: string[]): void {
  const content = parse(readFileSync(copy(), 'utf8')) as { config: Record<string, unknown> };
  for (const path of secrets) writePath(content.config, path, { secure: `v1:${path}` });
  writeFileSync(copy(), stringify({ encryptionsalt: 'v1:salt', ...content }));
}

test('state is in the checkout unless PLATFORM_STATE names another folder', () => {
  expect(stateFolder({})).toBe(join(ROOT, '.sandbox'));
  expect(stateFolder({ PLATFORM_STATE: folder })).toBe(folder);
  expect(Object.values(paths).every((path) => String(path).startsWith(join(folder, 'prod')))).toBe(true);
});

describe('the work copy', () => {
  test('has the program by links, the Pulumi files as copies, and lets nobody else read the settings', () => {
    layOutProject('prod', paths);
    for (const link of [
      'index.ts',
      'components',
      'stacks',
      'node_modules',
      'package.json',
      'tsconfig.json',
    ]) {
      expect(lstatSync(join(paths.project, link)).isSymbolicLink()).toBe(true);
      expect(existsSync(join(paths.project, link))).toBe(true);
    }
    expect(readFileSync(join(paths.project, 'Pulumi.yaml'), 'utf8')).toBe(read('Pulumi.yaml'));
    expect(config()).toEqual(rawOf('prod'));
    for (const file of [copy(), paths.passphrase]) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('has a file where the engine would write its debug log, and leaves a folder that somebody made', () => {
    const logs = join(paths.home, 'logs');
    layOutProject('prod', paths);
    expect(lstatSync(logs).isFile()).toBe(true);
    rmSync(logs);
    mkdirSync(logs);
    layOutProject('prod', paths);
    expect(lstatSync(logs).isDirectory()).toBe(true);
  });

  test('lacks every required secret at first, and says what each is', () => {
    const missing = layOutProject('prod', paths);
    expect(missing.map(({ path }) => path)).toEqual([
      'platform:observability.alerts.receivers[0].secret',
      'platform:observability.alerts.receivers[1].secret',
      'platform:backup.credentials',
      'platform:delivery.oidc.clientSecret',
    ]);
  });

  test('keeps salt, passphrase and the secrets that it has, and lacks only the others', () => {
    const all = layOutProject('prod', paths).map(({ path }) => path);
    const passphrase = readFileSync(paths.passphrase, 'utf8');
    encrypt(all.filter((path) => path !== 'platform:backup.credentials'));
    expect(layOutProject('prod', paths).map(({ path }) => path)).toEqual(['platform:backup.credentials']);
    encrypt(['platform:backup.credentials']);
    const before = readFileSync(copy(), 'utf8');
    expect(layOutProject('prod', paths)).toEqual([]);
    expect(parse(readFileSync(copy(), 'utf8'))).toEqual(parse(before));
    expect(readFileSync(copy(), 'utf8')).toContain('encryptionsalt: v1:salt');
    expect(readFileSync(paths.passphrase, 'utf8')).toBe(passphrase);
  });

  test('keeps the secret of each receiver with it when their order changes, and none for a new one', () => {
    encrypt(layOutProject('prod', paths).map(({ path }) => path));
    const content = parse(readFileSync(copy(), 'utf8')) as { config: Raw };
    const at = ['platform:observability', 'alerts', 'receivers'];
    const [team, onCall] = valueAt(content.config, at) as { kind: string }[];
    // As if the last run had had them the other way round, and one that has become another kind.
    const before = [onCall, { ...team, kind: 'webhook', secret: { secure: 'v1:other' } }, team];
    writeFileSync(copy(), stringify({ ...content, config: changed(content.config, at, before) }));
    expect(layOutProject('prod', paths)).toEqual([]);
    expect(valueAt(config(), at)).toEqual([team, onCall]);
    writeFileSync(copy(), stringify({ ...content, config: changed(content.config, at, [onCall]) }));
    expect(layOutProject('prod', paths).map(({ path }) => path)).toEqual([
      'platform:observability.alerts.receivers[0].secret',
    ]);
  });

  test('takes every setting from the checkout each time', () => {
    layOutProject('prod', paths);
    const changed = { config: { ...config(), 'platform:domain': 'gone.example.com', 'platform:more': {} } };
    writeFileSync(copy(), stringify(changed));
    layOutProject('prod', paths);
    expect(config()).toEqual(rawOf('prod'));
  });

  test('repairs what was removed from it', () => {
    layOutProject('prod', paths);
    rmSync(join(paths.project, 'components'));
    layOutProject('prod', paths);
    expect(existsSync(join(paths.project, 'components', 'platform.ts'))).toBe(true);
  });

  test('leaves the checkout as it is', () => {
    const before = read('Pulumi.prod.yaml');
    encryptAfterLayout();
    expect(read('Pulumi.prod.yaml')).toBe(before);
    expect(readStackFile('prod')).not.toHaveProperty('encryptionsalt');
  });

  function encryptAfterLayout(): void {
    encrypt(layOutProject('prod', paths).map(({ path }) => path));
    layOutProject('prod', paths);
  }
});

test('values that another backend encrypted are dropped, wherever they are', () => {
  const secure = { secure: 'v1:other' };
  expect(
    withoutSecure({
      'platform:backup': { bucket: 'b', credentials: secure },
      'platform:observability': { alerts: { receivers: [{ name: 'a', secret: secure }] } },
      'platform:domain': 'example.com',
    }),
  ).toEqual({
    'platform:backup': { bucket: 'b' },
    'platform:observability': { alerts: { receivers: [{ name: 'a' }] } },
    'platform:domain': 'example.com',
  });
});

test('a generated secret is another one each time, and a URL where one is asked for', () => {
  const of = (purpose: string): string => generateSecret({ path: 'platform:a.b', purpose, command: '' });
  expect(of('Client secret')).toMatch(/^[0-9a-f]{32}$/);
  expect(of('Client secret')).not.toBe(of('Client secret'));
  expect(of('The Slack webhook URL')).toMatch(/^https:\/\/sandbox\.invalid\/[0-9a-f]{32}$/);
});

describe('a state', () => {
  const exported = { version: 3, deployment: { resources: ['exported'] } };
  const stack = { name: 'prod', exportStack: () => Promise.resolve(exported) } as unknown as Stack;
  const keep = (text: string): void => {
    const place = join(paths.backend, '.pulumi', 'stacks', 'platform');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'prod.json'), text);
  };

  test('is read from its file', async () => {
    keep(JSON.stringify({ version: 3, checkpoint: { stack: 'prod', latest: { resources: ['kept'] } } }));
    expect(await readState(paths, stack)).toEqual({ version: 3, deployment: { resources: ['kept'] } });
  });

  test('is asked of the engine where there is no file, nothing in it, or no sense in it', async () => {
    expect(await readState(paths, stack)).toBe(exported);
    for (const text of ['{"version":3,"checkpoint":{"stack":"prod"}}', '{"version":3,"check', '']) {
      keep(text);
      expect(await readState(paths, stack)).toBe(exported);
    }
  });
});
