import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { stackPaths } from '../../sandbox/paths';
import { deletePlane } from '../../sandbox/plane/plane';
import { isAlive, startTime } from '../../sandbox/plane/processes';
import { writeLauncher } from '../../sandbox/shell';
import { runCli } from '../helpers/cli';
import { eventually } from '../helpers/plane';

jest.setTimeout(300_000);

interface Process {
  pid: number;
  parent: number;
  started: string;
  command: string;
}

function processes(): Process[] {
  return execFileSync('ps', ['-axww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => {
      const [, pid = '', parent = '', command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return { pid: Number(pid), parent: Number(parent), started: startTime(Number(pid)) ?? '', command };
    });
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-killed-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('a launched command has its arguments and streams, and lives as long as what started it, killed or not', async () => {
  const launcher = join(folder, "it's a $HOME", 'launcher');
  const program = `console.log(process.pid, process.argv.slice(1).join('|')); setInterval(() => undefined, 1000);`;
  writeLauncher(launcher, process.execPath, '--eval', program, '--', "the first's $1");
  const start = `require('node:child_process').spawn(process.argv[1], ['a b'], { stdio: 'inherit', detached: true })`;
  const starter = spawn(process.execPath, ['--eval', start, launcher], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(starter.stdout), 'line')) as [string];
  const [pid = '', ...others] = line.split(' ');
  expect(others.join(' ')).toBe("the first's $1|a b");
  const command = { pid: Number(pid), started: startTime(Number(pid)) ?? '' };
  // Long enough for it to be looked at.
  await sleep(2500);
  expect(isAlive(command)).toBe(true);
  starter.kill('SIGKILL');
  await ended([command]);
});

it('an engine that is killed leaves no process behind', async () => {
  const env = { STACK: 'dev', PLATFORM_STATE: folder };
  const paths = stackPaths('dev', env);
  try {
    const killed = runCli('up', env);
    const { engine, plugins } = await eventually(
      () => Promise.resolve(underWay()),
      'an engine with its plug-ins',
      120_000,
    );
    process.kill(engine.pid, 'SIGKILL');
    expect((await killed).code).toBe(1);
    await ended(plugins);
  } finally {
    await deletePlane(paths.plane);
  }
});

/** Waits for processes to end. Those that do not are killed: they would hold up the end of the tests. */
async function ended(all: { pid: number; started: string }[]): Promise<void> {
  try {
    await eventually(() => Promise.resolve(!all.some(isAlive)), 'the end of what was started');
  } finally {
    all.filter(isAlive).forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
  }
}

/**
 * The engine of a command that this process started, and what is to end with it, once all of it is there: the policy pack,
 * which the command itself started, what stands for it before the engine (see `handover.sh`), and both kinds of provider.
 */
function underWay(): { engine: Process; plugins: Process[] } | undefined {
  const all = processes();
  const own = all.filter(({ parent }) => parent === process.pid).map(({ pid }) => pid);
  const engine = all.find(({ command, parent }) => /^\S*pulumi up /.test(command) && own.includes(parent));
  const pack = all.find(
    ({ command, parent }) => command.includes('policy/host.js - ') && own.includes(parent),
  );
  if (!engine || !pack) return undefined;
  const plugins = all.filter(({ parent }) => parent === engine.pid);
  // The pack's stand-in waits under one name, and under the other once it has handed the pack over.
  const expected = [/handover\.sh|^sleep \d{4}/, /pulumi-resource-kubernetes/, /random/];
  const complete = expected.every((one) => plugins.some(({ command }) => one.test(command)));
  return complete ? { engine, plugins: [pack, ...plugins] } : undefined;
}
