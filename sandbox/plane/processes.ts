import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process as recorded on disk. The start time tells it from a later one with the same id. */
export interface ProcessRecord {
  name: string;
  pid: number;
  /** Opaque: equal for the same process only. */
  started: string;
}

/** Has Go collect garbage at five times the live memory instead of twice, as long as that is below 1.5 GiB. */
export const LAZY_GARBAGE_COLLECTION = { GOGC: '400', GOMEMLIMIT: '1536MiB' };

/**
 * The same for the API server, which does the most: of what it does in a first `up` a third is garbage collection
 * otherwise, and still a fifth at 1.5 GiB.
 */
export const LAZIEST_GARBAGE_COLLECTION = { GOGC: '800', GOMEMLIMIT: '2304MiB' };

/** Starts a process that outlives this one; its output goes to the end of `log`. */
export function startDetached(
  name: string,
  { command, args, env }: { command: string; args: string[]; env: NodeJS.ProcessEnv },
  log: string,
): ProcessRecord {
  const output = openSync(log, 'a', 0o600);
  try {
    const child = spawn(command, args, { env, detached: true, stdio: ['ignore', output, output] });
    child.unref();
    // A failed start is seen as a missing process by whoever waits for it.
    child.on('error', () => undefined);
    if (child.pid === undefined) throw new Error(`${command} could not be started`);
    return { name, pid: child.pid, started: startTime(child.pid) ?? '' };
  } finally {
    closeSync(output);
  }
}

/** Whether the recorded process, and not another with its id, is running. */
export function isAlive(record: { pid: number; started: string }): boolean {
  const started = startTime(record.pid);
  return started !== undefined && started === record.started;
}

/** Ends the recorded processes in order: SIGTERM, then SIGKILL for one that stays longer than `patience` ms. */
export async function stopAll(records: ProcessRecord[], patience = 10_000): Promise<void> {
  for (const record of records) {
    if (!isAlive(record)) continue;
    signal(record.pid, 'SIGTERM');
    const deadline = Date.now() + patience;
    while (isAlive(record)) {
      if (Date.now() > deadline) signal(record.pid, 'SIGKILL');
      await sleep(25);
    }
  }
}

/** When the process started, or undefined when there is none (a zombie counts as none). */
export function startTime(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) {
    try {
      // The command name, field 2, may hold spaces; the fields after it do not.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : `${bootId()}:${fields[19]}`;
    } catch {
      return undefined;
    }
  }
  try {
    const [state, ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split(/\s+/);
    return state?.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in between.
  }
}
