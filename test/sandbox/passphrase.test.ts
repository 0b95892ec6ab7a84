import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PassphraseCipher } from '../../sandbox/engine/passphrase';
import { generateSecrets, layOutProject, stackFileName } from '../../sandbox/engine/project';
import { type StackPaths, stackPaths } from '../../sandbox/paths';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';

// The CLI may have to be built first.
jest.setTimeout(900_000);

let folder: string;
let paths: StackPaths;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-passphrase-'));
  paths = stackPaths('dev', { PLATFORM_STATE: folder });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const copy = (): string => readFileSync(join(paths.project, stackFileName('dev')), 'utf8');

test('Pulumi reads the secrets that were generated, and goes on with their salt', async () => {
  const pulumi = (await obtainToolchain({ names: ['pulumi'] })).get('pulumi')!.path;
  const run = (...args: string[]): string =>
    execFileSync(pulumi, [...args, '--non-interactive'], {
      cwd: paths.project,
      encoding: 'utf8',
      env: {
        ...process.env,
        PULUMI_HOME: paths.home,
        PULUMI_BACKEND_URL: `file://${paths.backend}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphrase,
        PULUMI_SKIP_UPDATE_CHECK: 'true',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  const missing = layOutProject('dev', paths);
  expect(missing.length).toBeGreaterThan(0);
  await generateSecrets('dev', paths, missing);
  const { encryptionsalt } = parse(copy()) as { encryptionsalt: string };
  run('stack', 'init', 'dev');
  for (const { path } of missing)
    expect(run('config', 'get', '--stack', 'dev', '--path', path)).toMatch(
      /^(https:\/\/sandbox\.invalid\/)?[0-9a-f]{32}$/,
    );
  run('config', 'set', '--stack', 'dev', '--secret', 'platform:other', 'its own');
  expect((parse(copy()) as { encryptionsalt: string }).encryptionsalt).toBe(encryptionsalt);
  expect(layOutProject('dev', paths)).toEqual([]);
});

test('the passphrase is what it is for Pulumi: PULUMI_CONFIG_PASSPHRASE goes before the file', async () => {
  writeFileSync(join(folder, 'passphrase'), 'correct horse');
  const { encryptionSalt } = await PassphraseCipher.open(join(folder, 'passphrase'));
  process.env.PULUMI_CONFIG_PASSPHRASE = '';
  try {
    await expect(PassphraseCipher.open(join(folder, 'passphrase'), encryptionSalt)).rejects.toThrow(
      'another',
    );
    const own = await PassphraseCipher.open(join(folder, 'absent'));
    await expect(PassphraseCipher.open(join(folder, 'absent'), own.encryptionSalt)).resolves.toBeDefined();
  } finally {
    delete process.env.PULUMI_CONFIG_PASSPHRASE;
  }
});

test('a secret that is missing later is encrypted beside the others, and nothing is twice the same', async () => {
  writeFileSync(join(folder, 'passphrase'), 'correct horse\n');
  const first = await PassphraseCipher.open(join(folder, 'passphrase'));
  const later = await PassphraseCipher.open(join(folder, 'passphrase'), first.encryptionSalt);
  expect(later.encryptionSalt).toBe(first.encryptionSalt);
  expect(later.encrypt('a').secure).toMatch(/^v1:[A-Za-z0-9+/]{16}:[A-Za-z0-9+/=]+$/);
  expect(later.encrypt('a').secure).not.toBe(later.encrypt('a').secure);
});

test('secrets of another passphrase are told so, and not written over', async () => {
  writeFileSync(join(folder, 'passphrase'), 'correct horse');
  const { encryptionSalt } = await PassphraseCipher.open(join(folder, 'passphrase'));
  writeFileSync(join(folder, 'passphrase'), 'battery staple');
  await expect(PassphraseCipher.open(join(folder, 'passphrase'), encryptionSalt)).rejects.toThrow(
    /encrypted with another passphrase than that of .*passphrase/,
  );
});
