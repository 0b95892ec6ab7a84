import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSources } from '../../components/charts/sources';
import type { CommandContext } from '../cli';
import { SandboxError } from '../engine/errors';
import { printJson } from '../engine/print';
import { toolchain } from '../engine/session';
import { ROOT, stackPaths } from '../paths';
import { deletePlane, ensurePlane } from '../plane/plane';
import { MemorySampler } from './memory';
import { installSequentially } from './sequential';

/** One measured figure. */
interface Figure {
  what: string;
  value: number;
  unit: 's' | 'MiB' | 'x';
}

/**
 * Measures a stack on a plane of its own, in a temporary folder, each command as a whole process: the plane's
 * start, a first `up`, a second one, a preview, `destroy`; and the same charts, values and objects by Helm and
 * kubectl, one after the other, on another plane in the same run. Prints figures, judges none.
 */
export async function bench(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const state = mkdtempSync(join(tmpdir(), 'platform-bench-'));
  const paths = stackPaths(context.stack, { PLATFORM_STATE: state });
  const other = join(state, 'sequential');
  const figures: Figure[] = [];
  let sources: string[] = [];
  const note = (what: string, value: number, unit: Figure['unit'] = 's'): void => {
    figures.push({ what, value: Math.round(value * 100) / 100, unit });
    context.display.write(`${what.padEnd(50)} ${value.toFixed(unit === 'x' ? 2 : 1).padStart(8)} ${unit}`);
  };
  const command = (name: string): Promise<number> => seconds(() => runCli(name, context, state));
  try {
    context.display.write(`${cpus().length} processors, stack ${context.stack}`);
    const tools = await toolchain(context.display);
    note('control plane, from nothing to ready', await seconds(() => startPlane(paths.plane, tools)));
    const sampler = new MemorySampler(paths.plane);
    const ours = await command('up');
    sources = [
      ...new Set(Object.values(await readSources(paths.charts)).flatMap((record) => record?.source ?? [])),
    ];
    context.display.write(`charts: ${sources.join(', ')}`);
    note('up, first', ours);
    note('memory of plane, engine and program, peak', sampler.stop() / 1024 / 1024, 'MiB');
    note('up, second, unchanged', await command('up'));
    note('preview, unchanged', await command('preview'));
    await startPlane(other, tools);
    const theirs = await seconds(() => installSequentially(paths, join(other, 'kubeconfig'), tools));
    note('the same by sequential helm and kubectl', theirs);
    note('up, first, against that', ours / theirs, 'x');
    note('destroy', await command('destroy'));
  } finally {
    await deletePlane(paths.plane);
    await deletePlane(other);
    rmSync(state, { recursive: true, force: true });
  }
  if (context.json) printJson(context, startedAt, { figures, charts: sources });
  return 0;
}

async function startPlane(folder: string, tools: Parameters<typeof ensurePlane>[1]): Promise<void> {
  const plane = await ensurePlane(folder, tools);
  plane.api.close();
}

async function seconds(work: () => unknown): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Runs a command of the sandbox as its users do: as a process of its own. */
function runCli(name: string, { stack, mirror }: CommandContext, state: string): Promise<void> {
  const args = ['--require', require.resolve('tsx/cjs'), join(ROOT, 'sandbox', 'cli.ts'), name];
  const env = {
    ...process.env,
    STACK: stack,
    CHARTS: mirror ?? '',
    OUTPUT: 'json',
    UNPROTECT: '1',
    PLATFORM_STATE: state,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new SandboxError(
            `${name} failed: ${Buffer.concat(chunks).toString('utf8')}`,
            'see the message above',
          ),
        );
    });
  });
}
