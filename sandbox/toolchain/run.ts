import { spawn } from 'node:child_process';

/** How a command ended. */
export interface Outcome {
  /** Exit code 0 and in time. */
  ok: boolean;
  /** At most the last 64 KiB. */
  stdout: string;
  /** At most the last 64 KiB. */
  stderr: string;
  /** Why it is not ok, such as "exit code 1" or "no answer within 5 s". */
  failure: string;
}

export interface RunOptions {
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** Milliseconds, after which the command and all it started are killed. @default none */
  timeout?: number;
  signal?: AbortSignal;
  /** A file descriptor that takes standard output. @default it is returned */
  stdout?: number;
}

const KEPT = 64 * 1024;

/** Runs a command to its end; never rejects. */
export function run(command: string, args: string[], options: RunOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    const { env, cwd, timeout, signal } = options;
    // Only what may have to be killed with its children gets a group of its own: the rest stays in the terminal's,
    // so that an interrupt reaches it too.
    const child = spawn(command, args, {
      env,
      cwd,
      detached: timeout !== undefined,
      stdio: ['ignore', options.stdout ?? 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (data: Buffer) => (stdout = (stdout + data.toString()).slice(-KEPT)));
    child.stderr?.on('data', (data: Buffer) => (stderr = (stderr + data.toString()).slice(-KEPT)));
    const stop = (): void => void child.kill('SIGINT');
    const end = (failure: string): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      resolve({ ok: failure === '', stdout, stderr, failure });
    };
    const expire = (): void => {
      killGroup(child.pid);
      child.stdout?.destroy();
      child.stderr?.destroy();
      end(`no answer within ${(timeout ?? 0) / 1000} s`);
    };
    const timer = timeout === undefined ? undefined : setTimeout(expire, timeout);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    child.on('error', (error) => end(error.message));
    child.on('close', (code, killer) =>
      end(code === 0 ? '' : killer ? `ended by ${killer}` : `exit code ${code}`),
    );
  });
}

/** Kills a process that leads a group, and the group. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}
