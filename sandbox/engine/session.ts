import type { PulumiFn } from '@pulumi/pulumi/automation';
import type { ChartArchive } from '../../components/charts/resolve';
import { refuseUnfitCluster } from '../../components/operations/owner';
import type { Settings } from '../../stacks/schema';
import { load } from '../../stacks/settings';
import { lockHolder, withLock } from '../lock';
import { type StackPaths, stackPaths } from '../paths';
import { PLANE_TOOLS, ensurePlane, type Plane } from '../plane/plane';
import { PrestartedPack } from '../policy/prestart';
import { obtainToolchain, type Tool, type ToolName } from '../toolchain/obtain';
import { charts, refuseSwitch } from './charts';
import type { Display } from './display';
import { BusyError, SandboxError } from './errors';
import { EventLog } from './events';
import { execute, type Ground, type Operation, type RunResult } from './execute';
import { healReleases, lostReleases, withoutPendingCreates } from './heal';
import { stackFileName } from './project';
import { checkSettings, type StackFacts } from './settings';
import { followHeld, keepReminding } from './stuck';
import { type ComponentSummary, summarise } from './summary';
import { openWorkspace, readState, settled } from './workspace';

/**
 * Loaded when it is needed: with the controls and the provider's SDK it is much, and most commands run no program. By
 * `require`: the hook that compiles TypeScript (policy/typescript.js) does not see an `import()`.
 */
function loadProgram(): typeof import('../../components/platform') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('../../components/platform') as typeof import('../../components/platform');
}

/** The program, with the archives that are resolved by the time it runs, in their folder. */
function programWith(folder: string, archives: Promise<ChartArchive[]>): PulumiFn {
  return async () => {
    const digests = new Map((await archives).map(({ chart, sha256 }) => [chart, sha256]));
    const settings = onOwnCluster(load());
    await refuseUnfitCluster(settings);
    return loadProgram().createPlatform({ settings, digests }, folder);
  };
}

/** The sandbox has a cluster of its own, and works on no other: what settings say of theirs is for plain `pulumi`. */
function onOwnCluster(settings: Settings): Settings {
  const cluster = { ...settings.cluster };
  delete cluster.context;
  delete cluster.kubeconfig;
  return { ...settings, cluster };
}

/** Loads it while others are at work: the engine on the project, the plane on its start. */
function loadProgramEarly(): void {
  setImmediate(() => {
    try {
      loadProgram();
    } catch {
      // The engine's run says it, and where.
    }
  });
}

export interface RunOptions {
  mirror?: string;
  display: Display;
  /** Whether a preview asks the policy pack, which an `up` always does. @default true */
  judged?: boolean;
  onLog?: (log: EventLog) => void;
  /** Told of what a stack has after a run that failed. */
  onLeft?: (components: ComponentSummary[]) => void;
}

/**
 * Runs an operation on a stack, first doing whatever is missing: toolchain, charts, plane, project. One at a time
 * on a stack.
 */
export async function runOperation(
  operation: Operation,
  stack: string,
  options: RunOptions,
): Promise<RunResult> {
  const facts = checkSettings(stack);
  const paths = stackPaths(stack);
  const runsProgram = operation === 'up' || operation === 'preview';
  refuseWhileInUse(stack);
  return withLock(paths.lock, async () => {
    const pack = runsProgram && (options.judged ?? true) ? new PrestartedPack(paths) : undefined;
    try {
      const ground = await prepare(stack, facts, paths, { ...options, runsProgram, pack });
      return await runOn(ground, operation, stack, options);
    } finally {
      pack?.end();
    }
  });
}

async function runOn(
  ground: Ground,
  operation: Operation,
  stack: string,
  options: RunOptions,
): Promise<RunResult> {
  const log = new EventLog((step) => {
    if (operation === 'up' || operation === 'destroy') options.display.step(step);
  });
  options.onLog?.(log);
  const stop = options.display.follow(() => log, `${operation} of ${stack}`);
  const tell = (sentence: string): void => options.display.line(sentence);
  const { api } = ground.plane;
  const stopHeld = operation === 'destroy' ? followHeld(api, tell) : keepReminding(api);
  try {
    return await execute(operation, stack, ground, log, options.judged ?? true);
  } catch (error) {
    const { archives, paths, workspace } = ground;
    const state = await readState(paths, workspace.stack).catch(() => undefined);
    if (state) options.onLeft?.(summarise(state, archives, log.steps.values()));
    throw error;
  } finally {
    stop();
    stopHeld();
    api.close();
  }
}

/** Two commands on one stack would undo each other. */
export function refuseWhileInUse(stack: string): void {
  const holder = lockHolder(stackPaths(stack).lock);
  if (!holder) return;
  throw new BusyError(
    `stack ${stack} is in use by process ${holder.pid}`,
    'wait for that command to end, or end it, then try again',
  );
}

async function prepare(
  stack: string,
  facts: StackFacts,
  paths: StackPaths,
  {
    mirror,
    display,
    runsProgram,
    pack,
  }: RunOptions & { runsProgram: boolean; pack: PrestartedPack | undefined },
): Promise<Ground> {
  const stop = display.follow(() => undefined, 'getting ready');
  try {
    const tools = await toolchain(display, RUN_TOOLS);
    refuseOlderPlane(facts, tools);
    if (runsProgram) await refuseSwitch(stack, paths, mirror ?? facts.mirror);
    if (facts.elsewhere.length > 0) {
      const names = facts.elsewhere.join(' and ');
      display.line(`${names} of ${stackFileName(stack)} not used: this runs on the embedded control plane`);
    }
    let onPlaced = (): void => undefined;
    const placed = new Promise<void>((resolve) => {
      onPlaced = resolve;
    });
    const resolving = charts(facts, paths, tools, display, mirror ?? facts.mirror, onPlaced);
    // A chart that cannot be had, or may not be used, stops the command with nothing started.
    const usable = Promise.race([placed, resolving]);
    // Before the workspace is opened, which sets this process's environment for the engine.
    const started = usable.then(() => startPlane(paths, tools, display));
    const opened = usable.then(() =>
      openWorkspace(stack, paths, tools, programWith(paths.charts, resolving), pack),
    );
    if (runsProgram) void usable.then(loadProgramEarly, () => undefined);
    const [plane, archives, workspace] = await settled([started, resolving, opened]);
    const state = await readState(paths, workspace.stack);
    for (const text of await healReleases(plane.api, state, plane.kubeconfig, tools)) display.line(text);
    const lost = await lostReleases(plane.api, state);
    for (const key of lost)
      display.line(`release ${key} is not on the cluster any more: the state is refreshed first`);
    const cleared = withoutPendingCreates(state);
    if (cleared) await workspace.stack.importStack(cleared);
    if (workspace.standInPlugins.length > 0) {
      const names = workspace.standInPlugins.join(', ');
      display.line(`plug-ins: ${names}: STAND-IN, the sandbox's own; the official ones could not be had`);
    }
    for (const path of workspace.generatedSecrets) {
      display.line(`${path} is not set: a value was generated for the sandbox`);
    }
    return {
      facts,
      paths,
      tools,
      plane,
      archives,
      workspace,
      state: cleared ?? state,
      refresh: lost.length > 0,
    };
  } finally {
    stop();
  }
}

/** The program holds a real cluster to the same. */
function refuseOlderPlane({ stack, kubernetesVersion }: StackFacts, tools: Map<ToolName, Tool>): void {
  const { version = '' } = tools.get('kube-apiserver') ?? {};
  if (Number(version.split('.')[1]) >= Number(kubernetesVersion.split('.')[1])) return;
  throw new SandboxError(
    `the embedded control plane runs Kubernetes ${version}, and platform:cluster.kubernetesVersion is ` +
      `"${kubernetesVersion}": it must be that or newer`,
    `set platform:cluster.kubernetesVersion in ${stackFileName(stack)} to what the plane runs, or lower`,
  );
}

async function startPlane(paths: StackPaths, tools: Map<ToolName, Tool>, display: Display): Promise<Plane> {
  const plane = await ensurePlane(paths.plane, tools, (detail) => display.line(`control plane: ${detail}`));
  if (plane.started) display.line(`control plane ready on 127.0.0.1:${plane.ports.apiserver}`);
  return plane;
}

/** What a run needs. */
const RUN_TOOLS: ToolName[] = ['pulumi', 'pulumi-resource-kubernetes', 'helm', 'kubectl', ...PLANE_TOOLS];

/** The toolchain. What is slow is told as it happens, with the reasons for it; else one line says what is used. */
export async function toolchain(
  display: Pick<Display, 'line'>,
  names?: ToolName[],
): Promise<Map<ToolName, Tool>> {
  const reasons: string[] = [];
  let slow = false;
  const tools = await obtainToolchain({
    ...(names ? { names } : {}),
    onEvent: ({ tool, phase, detail }) => {
      const text = `${tool}: ${phase}: ${detail}`;
      if (phase === 'fallback') reasons.push(text);
      if (phase === 'downloading' || phase === 'building' || phase === 'waiting') slow = true;
      if (!slow || phase === 'found') return;
      reasons.splice(0).forEach((reason) => display.line(reason));
      if (phase !== 'fallback') display.line(text);
    },
  });
  display.line(`toolchain: ${describeTools([...tools.values()])}`);
  return tools;
}

/** "pulumi 3.250.0, helm 3.22.0 (built from Go modules); kubectl 1.36.1 (on PATH)". */
function describeTools(tools: Tool[]): string {
  const origins = { build: 'built from Go modules', release: 'official releases', path: 'on PATH' };
  return Object.entries(origins)
    .map(([origin, words]) => {
      const those = tools.filter((tool) => tool.origin === origin);
      return those.length > 0
        ? `${those.map(({ name, version }) => `${name} ${version}`).join(', ')} (${words})`
        : '';
    })
    .filter((text) => text !== '')
    .join('; ');
}
