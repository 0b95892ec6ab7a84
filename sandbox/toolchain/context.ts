import { cacheFolder } from '../../components/charts/cache-folder';
import { readLock, rowsOf, type ToolchainLock, type ToolRow } from './catalogue';
import { Network } from './network';
import { ToolchainError, type Platform, type ToolEvent, type ToolName } from './types';

/** How the toolchain is obtained; the defaults are right except for tests. */
export interface ToolchainOptions {
  /** @default all */
  names?: ToolName[];
  /** The user's cache folder. @default cacheFolder(env) */
  cache?: string;
  /** @default nobody listens */
  onEvent?: (event: ToolEvent) => void;
  /** @default process.env */
  env?: NodeJS.ProcessEnv;
  /** A server that stands in for every release host: `https://host/path` is asked for as `<base>/host/path`. */
  releaseBase?: string;
  /** @default this machine's */
  platform?: Platform;
  /** @default toolchain.lock.json */
  lock?: ToolchainLock;
  timeouts?: Partial<Timeouts>;
  /** Ends downloads and builds. */
  signal?: AbortSignal;
}

/** In milliseconds. */
export interface Timeouts {
  /** For the first answer of a release host. @default 4000 */
  connect: number;
  /** Silence after which a download is given up. @default 20000 */
  stall: number;
  /** For a binary to tell its version. @default 5000 */
  version: number;
}

/** What every step of one run shares. */
export interface Context {
  env: NodeJS.ProcessEnv;
  cache: string;
  platform: Platform;
  goVersion: string;
  rows: Map<ToolName, ToolRow>;
  timeouts: Timeouts;
  network: Network;
  signal: AbortSignal;
  tell: (tool: ToolName, phase: ToolEvent['phase'], detail: string) => void;
}

/** The shared context, from the options. @throws ToolchainError on a platform that nothing is made for */
export function contextOf(options: ToolchainOptions, signal: AbortSignal): Context {
  const env = options.env ?? process.env;
  const timeouts = { connect: 4_000, stall: 20_000, version: 5_000, ...options.timeouts };
  const lock = options.lock ?? readLock();
  return {
    env,
    cache: options.cache ?? cacheFolder(env),
    platform: options.platform ?? thisPlatform(),
    goVersion: lock.go,
    rows: rowsOf(lock),
    timeouts,
    network: new Network({
      connect: timeouts.connect,
      stall: timeouts.stall,
      signal,
      ...(options.releaseBase && { base: options.releaseBase }),
    }),
    signal,
    tell: (tool, phase, detail) => options.onEvent?.({ tool, phase, detail }),
  };
}

/** The lock's row of a tool. */
export function rowOf(name: ToolName, context: Context): ToolRow {
  const row = context.rows.get(name);
  if (!row) throw new Error(`toolchain.lock.json: no tool is named ${name}`);
  return row;
}

function thisPlatform(): Platform {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const os = process.platform;
  if ((os !== 'linux' && os !== 'darwin') || (arch !== 'amd64' && arch !== 'arm64')) {
    throw new ToolchainError(
      `the sandbox does not run on ${os}-${arch}: it needs Linux or macOS on amd64 or arm64`,
      'On Windows, run it in WSL2.',
    );
  }
  return { os, arch };
}
