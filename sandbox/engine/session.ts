import { existsSync, readFileSync } from 'node:fs';
import type { PulumiFn } from '@pulumi/pulumi/automation';
import { CHART_NAMES } from '../../components/catalogue';
import { type ChartArchive, resolveCharts } from '../../components/charts/resolve';
import { findProblems, kubectlWith, type SmokeTarget } from '../../components/operations/check';
import { Platform } from '../../components/platform';
import { load } from '../../stacks/settings';
import { packStandIn } from '../charts/standin';
import { writePrivate } from '../files';
import { lockHolder, withLock } from '../lock';
import { type StackPaths, stackPaths } from '../paths';
import { ensurePlane, type Plane } from '../plane/plane';
import { cacheFolder, obtainToolchain, type Tool, type ToolName } from '../toolchain/obtain';
import type { Display } from './display';
import { SandboxError } from './errors';
import { type Changes, EventLog } from './events';
import { checkSettings, type StackFacts } from './settings';
import { type ComponentSummary, summarise } from './summary';
import { openWorkspace, type Workspace } from './workspace';

export type Operation = 'up' | 'preview' | 'refresh' | 'destroy';

/** What a command did. */
export interface RunResult {
  command: string;
  stack: string;
  changes: Changes;
  components: ComponentSummary[];
  outputs: Record<string, unknown>;
  /** Secrets that have generated values here. */
  generatedSecrets: string[];
  log: EventLog;
}

/** Everything that a command on a stack needs, in place. */
interface Ground {
  facts: StackFacts;
  paths: StackPaths;
  tools: Map<ToolName, Tool>;
  plane: Plane;
  archives: ChartArchive[];
  workspace: Workspace;
}

const program: PulumiFn = () => Promise.resolve(new Platform('platform', { settings: load() }).outputs);

/**
 * Runs an operation on a stack, first doing whatever is missing: toolchain, charts, plane, project. One at a time
 * on a stack.
 */
export async function runOperation(
  operation: Operation,
  stack: string,
  options: { mirror?: string; display: Display; onLog?: (log: EventLog) => void },
): Promise<RunResult> {
  const facts = checkSettings(stack);
  const paths = stackPaths(stack);
  const holder = lockHolder(paths.lock);
  if (holder) {
    throw new SandboxError(
      `stack ${stack} is in use by process ${holder.pid}`,
      'wait for it to end, or end it; two commands on one stack would undo each other',
    );
  }
  return withLock(paths.lock, async () => {
    const ground = await prepare(stack, facts, paths, options);
    const log = new EventLog((step) => options.display.step(step));
    options.onLog?.(log);
    const stop = options.display.follow(() => log, `${operation} of ${stack}`);
    try {
      return await execute(operation, stack, ground, log);
    } finally {
      stop();
      ground.plane.api.close();
    }
  });
}

async function prepare(
  stack: string,
  facts: StackFacts,
  paths: StackPaths,
  { mirror, display }: { mirror?: string; display: Display },
): Promise<Ground> {
  const stop = display.follow(() => undefined, 'getting ready');
  try {
    const tools = await toolchain(display);
    const plane = await ensurePlane(paths.plane, tools, (detail) => display.line(`control plane: ${detail}`));
    if (plane.started) display.line(`control plane ready on 127.0.0.1:${plane.ports.apiserver}`);
    const archives = await charts(facts, paths, tools, display, mirror ?? facts.mirror);
    const workspace = await openWorkspace(stack, paths, tools, plane.kubeconfig, program);
    for (const path of workspace.generatedSecrets) {
      display.line(`${path} is not set: a value was generated for the sandbox`);
    }
    return { facts, paths, tools, plane, archives, workspace };
  } finally {
    stop();
  }
}

/** The toolchain, whose slow steps are told. */
export async function toolchain(display: Display, names?: ToolName[]): Promise<Map<ToolName, Tool>> {
  return obtainToolchain({
    ...(names ? { names } : {}),
    onEvent: ({ tool, phase, detail }) => {
      if (phase !== 'found') display.line(`${tool}: ${phase}${detail ? `: ${detail}` : ''}`);
    },
  });
}

/** The chart archives of a stack, in its work copy, and a word on where they came from. */
async function charts(
  facts: StackFacts,
  paths: StackPaths,
  tools: Map<ToolName, Tool>,
  display: Display,
  mirror: string | undefined,
): Promise<ChartArchive[]> {
  const archives = await resolveCharts({
    charts: CHART_NAMES,
    folder: paths.charts,
    cache: cacheFolder(process.env),
    helm: tools.get('helm')?.path ?? 'helm',
    kubernetesVersion: facts.kubernetesVersion,
    standIn: packStandIn,
    onEvent: ({ chart, detail }) => display.line(`${chart}: ${detail}`),
    allowUnlocked: true,
    ...(mirror ? { mirror } : {}),
  });
  const standIns = archives.filter(({ source }) => source === 'stand-in');
  if (standIns.length > 0) {
    display.write(
      `\nSTAND-IN CHARTS: ${standIns.length} of ${archives.length} upstream charts can't be reached. Stand-ins of the same shape take\n` +
        'their place: they exercise ordering, wiring and policy, and prove nothing about the real charts.\n' +
        'With network access, or CHARTS=<folder or URL of a mirror>, the real ones are installed.\n',
    );
  }
  return archives;
}

async function execute(
  operation: Operation,
  stack: string,
  ground: Ground,
  log: EventLog,
): Promise<RunResult> {
  const { workspace, paths } = ground;
  const handle = {
    onEvent: log.handle,
    color: 'never' as const,
    suppressProgress: true,
    suppressOutputs: true,
  };
  if (operation === 'preview') await workspace.stack.preview({ ...handle, diff: true });
  if (operation === 'up') await workspace.stack.up(handle);
  if (operation === 'refresh') await workspace.stack.refresh(handle);
  if (operation === 'destroy') await workspace.stack.destroy(handle);
  const outputs = plainOutputs(await workspace.stack.outputs());
  if (operation === 'up') await smokeCheck(outputs, ground);
  const deployment = await workspace.stack.exportStack();
  const result: RunResult = {
    command: operation,
    stack,
    changes: log.changes,
    components: summarise(deployment, ground.archives, log.steps.values()),
    outputs,
    generatedSecrets: workspace.generatedSecrets,
    log,
  };
  recordRun(paths, result);
  return result;
}

/** The same check as the program's own, after every `up`: that one runs only when what it guards has changed. */
async function smokeCheck(outputs: Record<string, unknown>, { tools, plane }: Ground): Promise<void> {
  const target = outputs.smoke as SmokeTarget | undefined;
  if (!target) return;
  const binary = tools.get('kubectl')?.path;
  const kubectl = kubectlWith({ kubeconfig: plane.kubeconfig, ...(binary ? { binary } : {}) });
  const problems = await findProblems(target, kubectl);
  if (problems.length > 0) {
    throw new SandboxError(
      `the platform is not what it should be:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
      'look at the objects named above (`export KUBECONFIG=$(make -s kubeconfig)`), then run `make up` again',
    );
  }
}

function plainOutputs(outputs: Record<string, { value: unknown; secret: boolean }>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { value, secret }]) => [name, secret ? '[secret]' : value]),
  );
}

/** The last command's outcome, for `make status`. */
export interface LastRun {
  command: string;
  result: string;
  at: string;
  changes: Changes;
}

function recordRun(paths: StackPaths, { command, changes }: RunResult): void {
  const last: LastRun = { command, result: 'succeeded', at: new Date().toISOString(), changes };
  writePrivate(paths.lastRun, JSON.stringify(last));
}

export function readLastRun(paths: StackPaths): LastRun | undefined {
  return existsSync(paths.lastRun) ? (JSON.parse(readFileSync(paths.lastRun, 'utf8')) as LastRun) : undefined;
}
