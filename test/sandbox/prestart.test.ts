import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, type StackPaths, stackPaths, TYPESCRIPT } from '../../sandbox/paths';
import { analyzerEnvironment, LAUNCHER, POLICY_PACK } from '../../sandbox/policy/analyzer';
import { packConfiguration, PrestartedPack } from '../../sandbox/policy/prestart';

let folder: string;
let paths: StackPaths;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-prestart-'));
  paths = stackPaths('dev', { PLATFORM_STATE: folder });
  mkdirSync(paths.temporary, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What the engine does: starts a pack, and reads its port. The pack is ended then. */
async function startedByEngine(): Promise<{ port: string; pid: number }> {
  const bin = join(folder, 'bin');
  analyzerEnvironment(bin);
  const host = spawn(join(bin, LAUNCHER), ['127.0.0.1:1', '.'], {
    cwd: POLICY_PACK,
    env: { ...process.env, POLICY_PRESTARTED: paths.prestarted, PULUMI_CONFIG: '{}' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<string>((resolve, reject) => {
    host.stdout.once('data', (data: Buffer) => {
      resolve(data.toString().trim());
    });
    host.once('exit', () => {
      reject(new Error('it did not start'));
    });
  });
  host.kill();
  return { port, pid: host.pid ?? 0 };
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await sleep(20);
}

test('the engine finds the pack that was started before it asked, once', async () => {
  const pack = new PrestartedPack(paths);
  pack.start('dev');
  try {
    await until(() => readFileSync(paths.prestarted, 'utf8') !== '');
    const port = readFileSync(paths.prestarted, 'utf8').trim();
    expect((await startedByEngine()).port).toBe(port);
    expect((await startedByEngine()).port).not.toBe(port);
  } finally {
    pack.end();
  }
}, 60_000);

test('it waits for one that is starting, and starts its own where there is none', async () => {
  const pack = new PrestartedPack(paths);
  pack.start('dev');
  const found = await startedByEngine();
  expect(found.port).toMatch(/^\d+$/);
  expect(existsSync(`${paths.prestarted}.taken`)).toBe(true);
  pack.end();
  rmSync(`${paths.prestarted}.taken`);
  expect((await startedByEngine()).port).toMatch(/^\d+$/);
  expect(existsSync(`${paths.prestarted}.taken`)).toBe(false);
}, 60_000);

test('it ends with the command, a killed one too', async () => {
  const program = `
    const { PrestartedPack } = require('./sandbox/policy/prestart.ts');
    const { stackPaths } = require('./sandbox/paths.ts');
    const pack = new PrestartedPack(stackPaths('dev', { PLATFORM_STATE: process.argv[1] }));
    process.on('SIGINT', () => undefined);
    pack.start('dev');
    console.log(pack.pid);
    setInterval(() => undefined, 1000);`;
  const command = spawn(process.execPath, ['--require', TYPESCRIPT, '--eval', program, folder], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const pid = await new Promise<number>((resolve) => {
    command.stdout.once('data', (data: Buffer) => {
      resolve(Number(data.toString()));
    });
  });
  await until(() => readFileSync(paths.prestarted, 'utf8') !== '');
  // Ctrl-C is for the whole group of the terminal, and not for what is under way.
  process.kill(-(command.pid ?? 0), 'SIGINT');
  await sleep(200);
  expect(() => process.kill(pid, 0)).not.toThrow();
  command.kill('SIGKILL');
  await until(() => {
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  });
}, 60_000);

test('the configuration is as the engine hands it on: texts, and the rest as JSON', () => {
  expect(
    JSON.parse(packConfiguration({ 'platform:domain': 'a.example', 'platform:mesh': { mode: 'off' } })),
  ).toEqual({
    'platform:domain': 'a.example',
    'platform:mesh': '{"mode":"off"}',
  });
});
