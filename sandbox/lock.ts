import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, startTime } from './plane/processes';

/** Who holds a lock. */
export interface LockOwner {
  pid: number;
  started: string;
}

/**
 * Runs `work` while holding the lock file at `path`. A second caller waits, told once through `onWait`; the lock
 * of a process that died is taken over.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  onWait: (owner: LockOwner) => void = () => undefined,
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let told = false;
  while (!tryLock(path)) {
    const owner = readOwner(path);
    if (owner && !isAlive(owner)) {
      rmSync(path, { force: true });
      continue;
    }
    if (owner && !told) {
      onWait(owner);
      told = true;
    }
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** The live holder of a lock, if any. */
export function lockHolder(path: string): LockOwner | undefined {
  const owner = readOwner(path);
  return owner && isAlive(owner) ? owner : undefined;
}

function tryLock(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, JSON.stringify({ pid: process.pid, started: startTime(process.pid) }));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(path: string): LockOwner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockOwner;
  } catch {
    // Gone, or its writer is between creating and filling it.
    return undefined;
  }
}
