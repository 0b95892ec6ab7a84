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
import { deletePlane, ensurePlane, stopPlane } from '../plane/plane';
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
/** What the policy pack adds to a preview is measured on this one. */
const JUDGED = 'prod';
/**
 * How many previews with the pack and without, of which the mean is taken. In turns: a machine's speed changes within
 * minutes, and only what was measured side by side compares.
 */
const PREVIEWS = 5;

/**
 * Measures, on planes of its own in a temporary folder, and prints figures, judging none:
 * - a stack, each command as a whole process: the plane's start, a first `up`, and in turns with it the same charts,
 *   values and objects by Helm and kubectl, one after the other, on another plane; a second `up`, a preview, `destroy`;
 * - the controls, against gator; the policy pack; and what it adds to a preview of prod;
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
    sources = await benchStack(context, join(state, 'stack'), tools, note);
    await benchPack(context, join(state, 'pack'), note);
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
  const command = (name: string): Promise<number> => seconds(() => runCli(name, context, state));
  try {
    const { ours, theirs } = await benchUps(context, state, tools);
    const up = mean(ours.map((each) => each.up));
    const records = Object.values(await readSources(paths.charts));
    const sources = [...new Set(records.flatMap((record) => record?.source ?? []))];
    context.display.write(`charts: ${sources.join(', ')}`);
    note('control plane, from nothing to ready', mean(ours.map(({ plane }) => plane)));
    note('up, first', up);
    note('the same by sequential helm and kubectl', mean(theirs));
    note('up, first, against that', up / mean(theirs), 'x');
    const peak = Math.max(...ours.map((each) => each.peak));
    note('memory of plane, engine and program, peak', peak / 1024 / 1024, 'MiB');
    note('up, second, unchanged', await command('up'));
    note('preview, unchanged', await command('preview'));
    await benchPolicy(context, paths, tools, note);
    note('destroy', await command('destroy'));
    return sources;
  } finally {
    await deletePlane(paths.plane);
  }
}

/** In seconds, and the memory in bytes. */
type FirstUp = Record<'plane' | 'up' | 'peak', number>;

/**
 * Two first `up`s, and between them two sequential installations of what the first has, each on a plane that has nothing and
 * with no other beside it. The last `up` stays.
 */
async function benchUps(
  context: CommandContext,
  state: string,
  tools: Map<ToolName, Tool>,
): Promise<{ ours: FirstUp[]; theirs: number[] }> {
  const { plane } = stackPaths(context.stack, { PLATFORM_STATE: state });
  const first = await firstUp(context, state, tools);
  await stopPlane(plane);
  const theirs = [
    await sequential(context.stack, state, tools),
    await sequential(context.stack, state, tools),
  ];
  return { ours: [first, await firstUp(context, state, tools)], theirs };
}

async function firstUp(context: CommandContext, state: string, tools: Map<ToolName, Tool>): Promise<FirstUp> {
  const paths = stackPaths(context.stack, { PLATFORM_STATE: state });
  await runCli('clean', context, state);
  const plane = await seconds(() => startPlane(paths.plane, tools));
  const sampler = MemorySampler.ofPlane(paths.plane);
  const up = await seconds(() => runCli('up', context, state));
  return { plane, up, peak: sampler.stop() };
}

/** What the state of a stack holds, by Helm and kubectl on another plane. */
async function sequential(stack: string, state: string, tools: Map<ToolName, Tool>): Promise<number> {
  const paths = stackPaths(stack, { PLATFORM_STATE: state });
  const other = join(state, 'sequential');
  try {
    await startPlane(other, tools);
    return await seconds(() => installSequentially(stack, paths, join(other, 'kubeconfig'), tools));
  } finally {
    await deletePlane(other);
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What the pack adds to a preview of a stack that is up: whole processes, in turns. */
async function benchPack(context: CommandContext, state: string, note: Note): Promise<void> {
  const judgedStack = { ...context, stack: JUDGED };
  const script = join(__dirname, 'bench-preview.ts');
  const preview = (judged: string): Promise<number> =>
    seconds(() => runNode([script, JUDGED, judged, context.mirror ?? ''], { PLATFORM_STATE: state }));
  const paths = stackPaths(JUDGED, { PLATFORM_STATE: state });
  const times = { unjudged: 0, judged: 0, anew: 0 };
  let memory = 0;
  try {
    await runCli('up', judgedStack, state);
    // The first preview after an update is slower than those after it, and would count on one side only.
    for (const judged of ['unjudged', 'judged']) await preview(judged);
    for (let turn = 0; turn < PREVIEWS; turn += 1) {
      times.unjudged += (await preview('unjudged')) / PREVIEWS;
      times.judged += (await preview('judged')) / PREVIEWS;
    }
    rmSync(paths.renders, { recursive: true });
    times.anew = await preview('judged');
    // Beside what is timed nothing looks.
    rmSync(paths.renders, { recursive: true });
    const sampler = MemorySampler.ofCommand(/policy\/host\.js -/);
    await preview('judged');
    memory = sampler.stop();
  } finally {
    await deletePlane(paths.plane);
  }
  note(`preview of ${JUDGED} without the policy pack`, times.unjudged);
  note('preview with it, renders and verdicts kept from the one before', times.judged);
  note('preview with it, none kept', times.anew);
  note('policy pack, memory at work, none kept, peak', memory / 1024 / 1024, 'MiB');
  note('what the pack adds where they are kept', (times.judged / times.unjudged - 1) * 100, '%');
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
    const sampler = MemorySampler.ofPlane(plane);
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
