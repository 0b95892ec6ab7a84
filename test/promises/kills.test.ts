import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackPaths } from '../../sandbox/paths';
import { Api } from '../../sandbox/plane/api';
import { deletePlane } from '../../sandbox/plane/plane';
import { runCli, runJson } from '../helpers/cli';
import { CREATED, inventory, type Kill, killedUp } from './kills-support';

/**
 * An `up` that is killed at any moment is finished by the next one: nothing is missing, nothing is there twice, and
 * nobody clears anything by hand. A few moments on two stacks; SOAK=1 (`make soak`) tries twenty on every one.
 */

const MOMENTS: Record<string, number> = process.env.SOAK
  ? { prod: 20, staging: 20, dev: 20, local: 20 }
  : { prod: 3, dev: 2 };

jest.setTimeout(600_000);

describe.each(Object.entries(MOMENTS))('stack %s, killed at each of %i moments of `up`', (stack, count) => {
  let state: string;
  /** What the first `up` of a stack makes, and its length in ms from the first object to the last. */
  let whole: string[];
  let length: number;
  const env = (): Record<string, string> => ({ STACK: stack, PLATFORM_STATE: state });
  const moments = Array.from({ length: count }, (_, index) => index);

  const inCluster = async <T>(read: (api: Api) => Promise<T>): Promise<T> => {
    const api = Api.fromFile(join(stackPaths(stack, { PLATFORM_STATE: state }).plane, 'kubeconfig'));
    try {
      return await read(api);
    } finally {
      api.close();
    }
  };

  beforeAll(async () => {
    state = mkdtempSync(join(tmpdir(), `platform-kills-${stack}-`));
    const { code, stdout } = await runCli('up', env());
    expect(code).toBe(0);
    const [times] = [
      [...stdout.matchAll(new RegExp(CREATED, 'gm'))].map(([, seconds]) => Number(seconds) * 1000),
    ];
    length = Math.max(...times) - Math.min(...times);
    whole = await inCluster(inventory);
  });

  beforeEach(async () => {
    await runCli('clean', env());
  });

  afterAll(async () => {
    await deletePlane(stackPaths(stack, { PLATFORM_STATE: state }).plane);
    rmSync(state, { recursive: true, force: true });
  });

  it.each(moments)('moment %i: the next `up` finishes it', async (index) => {
    const kill = await killInTime((length * index) / count, index % 4 === 3 ? 'command' : 'engine');
    expect(kill.outcome).toBe('killed');
    const next = await runJson('up', env());
    expect({ after: kill.after, error: next.error, result: next.result }).toEqual({
      after: kill.after,
      error: null,
      result: 'succeeded',
    });
    const after = await inCluster(inventory);
    expect({ missing: without(whole, after), orphans: without(after, whole) }).toEqual({
      missing: [],
      orphans: [],
    });
    const { changes } = await runJson('preview', env());
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  /** An `up` may be faster than the first one was, and end before the moment has come: then an earlier one is tried. */
  async function killInTime(after: number, victim: Kill['victim']): Promise<Kill> {
    for (let sooner = after; ; sooner *= 0.8) {
      const kill = await killedUp(env(), sooner, victim);
      if (kill.outcome !== 'ended before' || sooner < 1000) return kill;
      await runCli('clean', env());
    }
  }
});

function without(all: readonly string[], others: readonly string[]): string[] {
  return all.filter((each) => !others.includes(each));
}
