import type { Deployment, EngineEvent } from '@pulumi/pulumi/automation';
import { findDrift } from '../../components/operations/drift';
import type { ChartArchive } from '../../components/charts/resolve';
import type { StackPaths } from '../paths';
import { buildSchema } from '../plane/discovery';
import type { Plane } from '../plane/plane';
import { POLICY_PACK } from '../policy/analyzer';
import { askAhead, type Coverage, coverageOf, liveObjects } from '../policy/coverage';
import type { Tool, ToolName } from '../toolchain/obtain';
import { AsDeclared } from './declared';
import { doneBy, type ReleaseDrift, repairReleases, withDrift } from './drift';
import { type Changes, EventLog, isUnchanged } from './events';
import { refuseProtected, unprotect } from './protection';
import { planOf, refuseReplacements } from './replacements';
import type { StackFacts } from './settings';
import { explainDestroy, explainUp, smokeCheck } from './smoke';
import { untilGone, withBoundedUninstalls } from './stuck';
import { type ComponentSummary, outputsOf, summarise } from './summary';
import { readState, type Workspace } from './workspace';

export type Operation = 'up' | 'preview' | 'refresh' | 'destroy';

/** What a command did. */
export interface RunResult {
  command: string;
  stack: string;
  changes: Changes;
  components: ComponentSummary[];
  outputs: Record<string, unknown>;
  /** How much of what is on the cluster was judged, after an `up`. */
  coverage?: Coverage;
  drift?: ReleaseDrift;
  /** Helm values of the stack's own, by path. */
  overrides: string[];
  log: EventLog;
}

/** Everything that a command on a stack needs, in place. */
export interface Ground {
  facts: StackFacts;
  paths: StackPaths;
  tools: Map<ToolName, Tool>;
  plane: Plane;
  archives: ChartArchive[];
  workspace: Workspace;
  /** Pulumi's state before the operation. */
  state: Deployment;
  /** Whether the state must be compared with the cluster first. */
  refresh: boolean;
}

/** What the engine is told of every run: events instead of text. */
const QUIET = { color: 'never' as const, suppressProgress: true, suppressOutputs: true };

/** Workloads, and the check of them all, come after everything else, and wait more than they work. */
const LAST_TYPES = ['kubernetes:apps/v1:Deployment', 'command:local:Command'];

/** What an operation gives beside what the engine's events say. */
type Outcome = Pick<RunResult, 'coverage' | 'drift'> & {
  /** Pulumi's state after it. */
  state: Deployment;
};

/** Runs the engine for an operation, with what comes before and after it. */
export async function execute(
  operation: Operation,
  stack: string,
  ground: Ground,
  log: EventLog,
  previewIsJudged: boolean,
): Promise<RunResult> {
  const run: Record<Operation, () => Promise<Outcome>> = {
    up: () => up(stack, ground, log),
    preview: () => preview(stack, ground, log, previewIsJudged),
    refresh: () => refresh(ground, log),
    destroy: () => destroy(stack, ground, log),
  };
  const { state, ...outcome } = await run[operation]();
  return {
    command: operation,
    stack,
    changes: outcome.drift ? withDrift(log.changes, outcome.drift) : log.changes,
    components: summarise(state, ground.archives, log.steps.values()),
    outputs: outputsOf(state),
    overrides: ground.facts.overrides,
    ...outcome,
    log,
  };
}

async function up(stack: string, ground: Ground, log: EventLog): Promise<Outcome> {
  await planUp(stack, ground, log);
  const { api } = ground.plane;
  let isEnding = false;
  const onEvent = (event: EngineEvent): void => {
    log.handle(event);
    const { op, type = '' } = event.resourcePreEvent?.metadata ?? {};
    if (isEnding || op === 'same' || !LAST_TYPES.includes(type)) return;
    isEnding = true;
    void askAhead(api);
  };
  const options = { ...QUIET, onEvent, policyPacks: [POLICY_PACK], refresh: ground.refresh };
  const { stack: engine } = ground.workspace;
  await engine.up(options).catch((error: unknown) => explainUp(error, ground, log));
  const state = await readState(ground.paths, engine);
  const outputs = outputsOf(state);
  // Beside what follows, which it mostly waits for; what is set back there is checked again.
  const checking = smokeCheck(outputs, ground);
  checking.catch(() => undefined);
  const live = await liveObjects(api);
  const declared = new AsDeclared(ground.paths.declared, live);
  const drift = await repairReleases(api, log, declared);
  await checking;
  if (drift.found.length > 0) await smokeCheck(outputs, ground);
  // When all else is done: it would be in its way.
  if (!isUnchanged(log.changes)) await buildSchema(api);
  declared.keep(doneBy(log));
  // What was set back may be what was gone.
  const after = drift.found.length > 0 ? await liveObjects(api) : live;
  return { state, drift, coverage: coverageOf(after, ground.paths.judged) };
}

async function preview(
  stack: string,
  { facts, state, workspace }: Ground,
  log: EventLog,
  judged: boolean,
): Promise<Outcome> {
  const packs = judged ? { policyPacks: [POLICY_PACK] } : {};
  await workspace.stack.preview({ ...QUIET, onEvent: log.handle, ...packs, diff: true });
  refuseReplacements(stack, log, facts.allowReplacements);
  return { state };
}

async function refresh({ paths, plane, workspace }: Ground, log: EventLog): Promise<Outcome> {
  await workspace.stack.refresh({ ...QUIET, onEvent: log.handle });
  const drift = { found: await findDrift(plane.api), repaired: false };
  return { drift, state: await readState(paths, workspace.stack) };
}

async function destroy(stack: string, ground: Ground, log: EventLog): Promise<Outcome> {
  const { stack: engine } = ground.workspace;
  if (process.env.UNPROTECT === '1') unprotect(ground.paths, ground.tools);
  else refuseProtected(stack, ground.state);
  await engine.importStack(withBoundedUninstalls(await engine.exportStack()));
  // What one object holds must not keep the rest.
  await engine
    .destroy({ ...QUIET, onEvent: log.handle, continueOnError: true, refresh: ground.refresh })
    .catch((error: unknown) => explainDestroy(error, ground, log));
  await untilGone(stack, ground.plane.api);
  return { state: await readState(ground.paths, engine) };
}

/** Refuses an update by its plan, before anything is touched. */
async function planUp(stack: string, ground: Ground, log: EventLog): Promise<void> {
  const { archives, facts, paths, state, tools, workspace } = ground;
  const { needed, pass } = planOf(stack, paths, state, archives, tools.values());
  if (needed) {
    const plan = new EventLog();
    await workspace.stack.preview({ ...QUIET, onEvent: plan.handle }).catch((error: unknown) => {
      log.errors.push(...plan.errors);
      throw error;
    });
    refuseReplacements(stack, plan, facts.allowReplacements);
  }
  pass();
}
