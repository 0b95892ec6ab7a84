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
 * nobody clears anything by hand. Each `up` here goes on from where the one before was killed, and is killed itself a
 * while later; the last one has to finish. So one stack that comes up has many moments, at little more than the price
 * of one. SOAK=1 (`make soak`) tries twenty on every stack.
 */

/** By stack: how often it comes up, and how often it is killed on the way. */
const MOMENTS: Record<string, [ups: number, kills: number]> = process.env.SOAK
  ? { prod: [4, 5], staging: [4, 5], dev: [4, 5], local: [4, 5] }
  : { prod: [2, 10], staging: [1, 2], dev: [1, 2], local: [1, 2] };

/** Killed where nothing of it was under way any more, a moment says nothing: it is tried again, this often. */
const MOST_TRIES = 5;

jest.setTimeout(900_000);

describe.each(Object.entries(MOMENTS))('stack %s', (stack, [ups, kills]) => {
  let state: string;
  /** What the first `up` of a stack makes, and its length in ms from the first object to the last. */
  let whole: string[];
  let length: number;
  const env = (): Record<string, string> => ({ STACK: stack, PLATFORM_STATE: state });
  const rounds = Array.from({ length: ups }, (_, index) => index);

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
    const { code, stdout, stderr } = await runCli('up', env());
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    const [times] = [
      [...stdout.matchAll(new RegExp(CREATED, 'gm'))].map(([, seconds]) => Number(seconds) * 1000),
    ];
    length = Math.max(...times) - Math.min(...times);
    whole = await inCluster(inventory);
  });

  afterAll(async () => {
    await deletePlane(stackPaths(stack, { PLATFORM_STATE: state }).plane);
    rmSync(state, { recursive: true, force: true });
  });

  it.each(rounds)(
    `killed ${kills} times on its way, round %i: the next \`up\` finishes it`,
    async (round) => {
      await runCli('clean', env());
      const done: string[] = [];
      for (let tries = 0; done.length < kills; tries += 1) {
        // The rounds' moments are between each other's.
        const after = done.length === 0 ? (length * (round + 0.5)) / ups / kills : length / kills;
        const { outcome, printed, victim } = await killedUp(
          env(),
          after * 0.8 ** tries,
          victimOf(round, done),
        );
        if (outcome === 'killed') {
          done.push(`the ${victim} after ${after} ms`);
          tries = 0;
          continue;
        }
        // It was faster than the first one and has finished; an error is none.
        expect({ done, printed }).toMatchObject({
          printed: expect.stringMatching(/^up of .*unchanged/m) as unknown,
        });
        expect(tries).toBeLessThan(MOST_TRIES);
        await runCli('clean', env());
      }
      const next = await runJson('up', env());
      expect({ done, error: next.error, result: next.result }).toEqual({
        done,
        error: null,
        result: 'succeeded',
      });
      const after = await inCluster(inventory);
      expect({ done, missing: without(whole, after), orphans: without(after, whole) }).toEqual({
        done,
        missing: [],
        orphans: [],
      });
    },
  );

  it('is then what its settings say: nothing is left to change', async () => {
    const { changes } = await runJson('preview', env());
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });
});

/** Mostly the engine; now and then the whole command. */
function victimOf(round: number, done: readonly string[]): Kill['victim'] {
  return (round + done.length) % 4 === 1 ? 'command' : 'engine';
}

function without(all: readonly string[], others: readonly string[]): string[] {
  return all.filter((each) => !others.includes(each));
}
