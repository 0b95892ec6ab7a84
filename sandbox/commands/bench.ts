import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSources } from '../../components/charts/sources';
import type { CommandContext } from '../cli';
import { SandboxError } from '../engine/errors';
import { printJson } from '../engine/print';
import { stackFileName } from '../engine/project';
import { toolchain } from '../engine/session';
import { ROOT, stackPaths, TYPESCRIPT } from '../paths';
import { deletePlane, ensurePlane } from '../plane/plane';
import type { Tool, ToolName } from '../toolchain/obtain';
import { benchPolicy } from './bench-policy';
import { type Figure, type Note, seconds } from './figures';
import { copyCheckout, loadedStack } from './load';
import { MemorySampler } from './memory';
import { installSequentially } from './sequential';

/** Workloads and tenants of the stacks that show how costs grow. */
const LOADS = [
  { workloads: 10, tenants: 2 },
  { workloads: 100, tenants: 20 },
];
const LOADED = 'dev';
/** Previews of each kind, of which the mean is taken. */
const TURNS = 3;

/**
 * Measures, on planes of its own in a temporary folder, and prints figures, judging none:
 * - a stack, each command as a whole process: the plane's start, a first `up`, a second one, a preview, `destroy`; and
 *   the same charts, values and objects by Helm and kubectl, one after the other, on another plane;
 * - the controls, against gator; the policy pack; and what it adds to a preview;
 * - a stack of ten workloads and one of a hundred.
 */
export async function bench(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const state = mkdtempSync(join(tmpdir(), 'platform-bench-'));
  const figures: Figure[] = [];
  const note: Note = (what, value, unit = 's') => {
    figures.push({ what, value: Math.round(value * 100) / 100, unit });
    context.display.write(`${what.padEnd(56)} ${value.toFixed(unit === 'x' ? 2 : 1).padStart(8)} ${unit}`);
  };
  let sources: string[];
  try {
    context.display.write(`${cpus().length} processors, stack ${context.stack}`);
    const tools = await toolchain(context.display);
    sources = await benchStack(context, state, tools, note);
    for (const load of LOADS) await benchLoad(context, join(state, `load-${load.workloads}`), load, note);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
  if (context.json) printJson(context, startedAt, { figures, charts: sources });
  return 0;
}

/** @returns where the charts came from */
async function benchStack(
  context: CommandContext,
  state: string,
  tools: Map<ToolName, Tool>,
  note: Note,
): Promise<string[]> {
  const paths = stackPaths(context.stack, { PLATFORM_STATE: state });
  const other = join(state, 'sequential');
  const command = (name: string): Promise<number> => seconds(() => runCli(name, context, state));
  try {
    note('control plane, from nothing to ready', await seconds(() => startPlane(paths.plane, tools)));
    const sampler = new MemorySampler(paths.plane);
    const ours = await command('up');
    const records = Object.values(await readSources(paths.charts));
    const sources = [...new Set(records.flatMap((record) => record?.source ?? []))];
    context.display.write(`charts: ${sources.join(', ')}`);
    note('up, first', ours);
    note('memory of plane, engine and program, peak', sampler.stop() / 1024 / 1024, 'MiB');
    note('up, second, unchanged', await command('up'));
    note('preview, unchanged', await command('preview'));
    await benchPack(context, state, note);
    await benchPolicy(context, paths, tools, note);
    await startPlane(other, tools);
    const theirs = await seconds(() =>
      installSequentially(context.stack, paths, join(other, 'kubeconfig'), tools),
    );
    note('the same as up by sequential helm and kubectl', theirs);
    note('up, first, against that', ours / theirs, 'x');
    note('destroy', await command('destroy'));
    return sources;
  } finally {
    await deletePlane(paths.plane);
    await deletePlane(other);
  }
}

/** What the pack adds to a preview of a stack that is up: whole processes, in turns. */
async function benchPack({ mirror, stack }: CommandContext, state: string, note: Note): Promise<void> {
  const script = join(__dirname, 'bench-preview.ts');
  const preview = (judged: string): Promise<number> =>
    seconds(() => runNode([script, stack, judged, mirror ?? ''], { PLATFORM_STATE: state }));
  const times = { unjudged: 0, judged: 0 };
  for (let turn = 0; turn < TURNS; turn += 1) {
    times.unjudged += (await preview('unjudged')) / TURNS;
    times.judged += (await preview('judged')) / TURNS;
  }
  note('preview without the policy pack', times.unjudged);
  note('preview with it', times.judged);
  note('what the pack adds', (times.judged / times.unjudged - 1) * 100, '%');
}

async function benchLoad(
  context: CommandContext,
  folder: string,
  { tenants, workloads }: (typeof LOADS)[number],
  note: Note,
): Promise<void> {
  const checkout = join(folder, 'checkout');
  const state = join(folder, 'state');
  copyCheckout(checkout);
  writeFileSync(join(checkout, stackFileName(LOADED)), loadedStack(workloads, tenants));
  const { plane } = stackPaths(LOADED, { PLATFORM_STATE: state });
  const command = (name: string): Promise<number> =>
    seconds(() => runCli(name, { ...context, stack: LOADED }, state, checkout));
  const of = `${workloads} workloads, ${tenants} tenants`;
  try {
    await command('plane');
    const sampler = new MemorySampler(plane);
    note(`up, first, of ${of}`, await command('up'));
    note(`memory of plane, engine and program, peak, of ${of}`, sampler.stop() / 1024 / 1024, 'MiB');
    note(`up, second, of ${of}`, await command('up'));
    note(`destroy of ${of}`, await command('destroy'));
  } finally {
    await deletePlane(plane);
  }
}

async function startPlane(folder: string, tools: Parameters<typeof ensurePlane>[1]): Promise<void> {
  const plane = await ensurePlane(folder, tools);
  plane.api.close();
}

/** Runs a command of the sandbox as its users do: as a process of its own. */
function runCli(
  name: string,
  { stack, mirror }: Pick<CommandContext, 'stack' | 'mirror'>,
  state: string,
  root = ROOT,
): Promise<void> {
  return runNode([join(root, 'sandbox', 'cli.ts'), name], {
    STACK: stack,
    CHARTS: mirror ?? '',
    OUTPUT: 'json',
    UNPROTECT: '1',
    PLATFORM_STATE: state,
  });
}

function runNode(args: string[], env: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--require', TYPESCRIPT, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      const output = Buffer.concat(chunks).toString('utf8');
      if (code === 0) resolve();
      else reject(new SandboxError(`${args.join(' ')} failed: ${output}`, 'see the message above'));
    });
  });
}
