import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockHolder, withLock } from '../../sandbox/lock';
import { startTime } from '../../sandbox/plane/processes';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-lock-'));
  lock = join(folder, 'a.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('lets one in at a time, tells the others who has it, and leaves nothing behind', async () => {
  let inside = 0;
  let most = 0;
  const waited: number[] = [];
  const work = (): Promise<void> =>
    withLock(
      lock,
      async () => {
        most = Math.max(most, ++inside);
        await sleep(30);
        inside -= 1;
      },
      ({ pid }) => waited.push(pid),
    );
  await Promise.all(Array.from({ length: 5 }, work));
  expect(most).toBe(1);
  expect(new Set(waited)).toEqual(new Set([process.pid]));
  expect(readdirSync(folder)).toEqual([]);
});

it('is free again when the work fails', async () => {
  await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock(lock, () => Promise.resolve('done'))).toBe('done');
});

it('takes over from a dead process, and from a process whose id now belongs to another', async () => {
  for (const owner of [
    { pid: 2 ** 22 - 1, started: 'never' },
    { pid: process.pid, started: 'another time' },
  ]) {
    writeFileSync(lock, JSON.stringify(owner));
    expect(lockHolder(lock)).toBeUndefined();
    let most = 0;
    let inside = 0;
    const work = (): Promise<void> =>
      withLock(lock, async () => {
        most = Math.max(most, ++inside);
        await sleep(10);
        inside -= 1;
      });
    await Promise.all(Array.from({ length: 4 }, work));
    expect(most).toBe(1);
  }
});

it('names its holder while that is alive', async () => {
  await withLock(lock, () => {
    expect(lockHolder(lock)).toEqual({ pid: process.pid, started: startTime(process.pid) });
    return Promise.resolve();
  });
  expect(lockHolder(lock)).toBeUndefined();
});
