import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from './files';
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
  makeFolder(dirname(path));
  let told = false;
  while (!tryLock(path)) {
    const owner = readOwner(path);
    // An empty file is what a power cut can leave of a lock; a fresh one always names its owner.
    if (owner ? !isAlive(owner) : existsSync(path)) {
      removeStale(path);
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

/** Takes the lock if nobody has it. The file appears with its content: a kill leaves none that names nobody. */
function tryLock(path: string): boolean {
  const own = `${path}.${randomUUID()}`;
  try {
    writeFileSync(own, JSON.stringify({ pid: process.pid, started: startTime(process.pid) }), {
      mode: 0o600,
    });
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Removes the lock of a dead process. Another may have done so and taken it meanwhile: then it is put back. */
function removeStale(path: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const owner = readOwner(aside);
  if (owner && isAlive(owner)) linkSync(aside, path);
  rmSync(aside, { force: true });
}

function readOwner(path: string): LockOwner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockOwner;
  } catch {
    // Gone meanwhile.
    return undefined;
  }
}
