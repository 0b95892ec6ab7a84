import { setMaxListeners } from 'node:events';
import { withLock } from '../lock';
import { buildPart, findGo, type Go } from './build';
import { cacheError, findCached, isFileError, lockFile, prepareCache } from './cache';
import type { ToolRow } from './catalogue';
import { contextOf, rowOf, type Context, type ToolchainOptions } from './context';
import { installRelease } from './release';
import { ToolchainError, Unavailable, type Tool, type ToolName } from './types';
import { findFitting } from './versions';

export { cacheFolder } from '../../components/charts/cache-folder';
export type { Timeouts, ToolchainOptions } from './context';
export { diagnose, type Diagnosis } from './doctor';
export { placePlugin } from './plugin';
export { ToolchainError, type Platform, type Tool, type ToolEvent, type ToolName } from './types';

/** One run: what is there, and why a release could not be taken. */
interface Run {
  context: Context;
  tools: Map<ToolName, Tool>;
  reasons: Map<ToolName, string>;
}

/**
 * Gives every tool asked for, from the first place that has it: PATH at a fitting version, the user's cache, its
 * publisher's release, a build from its pinned Go module. The two last are installed into the cache, whole or not
 * at all; of two runs at once the second waits and finds what the first has installed.
 * @throws ToolchainError with a cure, when a tool cannot be had or is not what its digest says
 */
export async function obtainToolchain(options: ToolchainOptions = {}): Promise<Map<ToolName, Tool>> {
  const abort = new AbortController();
  // Every download listens to it.
  setMaxListeners(0, abort.signal);
  const stop = (): void => abort.abort();
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted) stop();
  const context = contextOf(options, abort.signal);
  const names = options.names ?? [...context.rows.keys()];
  const run: Run = { context, tools: new Map(), reasons: new Map() };
  try {
    await findInstalled(names, run);
    if (missingParts(names, run).length > 0) await prepareCache(context);
    await takeReleases(names, run, abort);
    await buildMissing(names, run);
  } catch (error) {
    throw explain(error, context, options.signal);
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
  return new Map([...run.tools].sort(([a], [b]) => names.indexOf(a) - names.indexOf(b)));
}

async function findInstalled(names: ToolName[], run: Run): Promise<void> {
  const { context } = run;
  await Promise.all(
    names.map(async (name) => {
      const row = rowOf(name, context);
      const tool = (await findFitting(row, context)) ?? (await findCached(row, context));
      if (!tool) return;
      context.tell(name, 'found', `${tool.path} ${tool.version}`);
      add(tool, run);
    }),
  );
}

/** All parts at once: the network is what is waited for. The first error ends the others. */
async function takeReleases(names: ToolName[], run: Run, abort: AbortController): Promise<void> {
  const errors: unknown[] = [];
  const take = async (row: ToolRow): Promise<void> => {
    try {
      await takeRelease(row, run);
    } catch (error) {
      errors.push(error);
      abort.abort();
    }
  };
  const parts = missingParts(names, run);
  await Promise.all(parts.map((rows) => withPart(rows, run, (missing) => Promise.all(missing.map(take)))));
  if (errors.length > 0) throw errors[0];
}

async function takeRelease(row: ToolRow, run: Run): Promise<void> {
  const { context } = run;
  try {
    add(await installRelease(row, context), run);
  } catch (error) {
    if (!(error instanceof Unavailable) || context.signal.aborted) throw error;
    run.reasons.set(row.name, error.message);
    context.tell(row.name, 'fallback', `no release: ${error.message}`);
  }
}

/** One part after the other: the Go compiler uses all processors. */
async function buildMissing(names: ToolName[], run: Run): Promise<void> {
  const parts = missingParts(names, run);
  if (parts.length === 0) return;
  const go = await requireGo(parts.flat(), run);
  for (const [index, rows] of parts.entries()) {
    const progress = `part ${index + 1} of ${parts.length}`;
    await withPart(rows, run, async (missing) => {
      for (const tool of await buildPart(missing, go, progress, run.context)) add(tool, run);
    });
  }
}

async function requireGo(rows: ToolRow[], run: Run): Promise<Go> {
  try {
    return await findGo(run.context);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const names = rows.map((row) => row.name).join(', ');
    const reasons = [...new Set(rows.map((row) => run.reasons.get(row.name) ?? 'not tried'))].join('; ');
    throw new ToolchainError(
      `${names}: none on PATH at a fitting version, no release to take (${reasons}), and no Go to build with: ` +
        error.message,
      `Install Go ${run.context.goVersion} or later (https://go.dev/dl/), or let this machine reach the release ` +
        'hosts, or put these tools on PATH; `make doctor` shows what is there.',
    );
  }
}

/** Runs `work` for those tools of a part that are still missing once the part is ours alone. */
async function withPart(
  rows: ToolRow[],
  run: Run,
  work: (missing: ToolRow[]) => Promise<unknown>,
): Promise<void> {
  const { context } = run;
  const part = rows[0]?.part ?? '';
  const wait = ({ pid }: { pid: number }): void => {
    for (const { name } of rows) context.tell(name, 'waiting', `process ${pid} is obtaining ${part}`);
  };
  const obtain = async (): Promise<void> => {
    const missing: ToolRow[] = [];
    for (const row of rows) {
      const tool = await findCached(row, context);
      if (tool) add(tool, run);
      else missing.push(row);
    }
    if (missing.length > 0) await work(missing);
  };
  await withLock(lockFile(part, context), obtain, wait);
}

function missingParts(names: ToolName[], run: Run): ToolRow[][] {
  const parts = new Map<string, ToolRow[]>();
  for (const name of names.filter((each) => !run.tools.has(each))) {
    const row = rowOf(name, run.context);
    parts.set(row.part, [...(parts.get(row.part) ?? []), row]);
  }
  return [...parts.values()];
}

function add(tool: Tool, run: Run): void {
  run.tools.set(tool.name, tool);
  run.context.tell(tool.name, 'ready', `${tool.path} ${tool.version} (${tool.origin})`);
}

function explain(error: unknown, context: Context, signal?: AbortSignal): unknown {
  if (signal?.aborted) return new ToolchainError('obtaining the toolchain was interrupted', 'Run it again.');
  return isFileError(error) ? cacheError(error.message, context) : error;
}
