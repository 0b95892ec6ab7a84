import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonReport } from '../../sandbox/engine/print';
import { stackPaths } from '../../sandbox/paths';
import { deletePlane } from '../../sandbox/plane/plane';
import { cacheFolder } from '../../sandbox/toolchain/obtain';
import { Checkout } from '../helpers/checkout';
import { ROOT, runJson } from '../helpers/cli';
import { expectClear } from '../helpers/refusal';
import { smallStack } from '../../sandbox/commands/load';

/** Machines that are not as they should be: the clock is wrong, and the cache can't be written to. */

jest.setTimeout(300_000);

const STACK = 'dev';
const NONE = { create: 0, update: 0, replace: 0, delete: 0 };
let state: string;
let checkout: Checkout;

/** A command with something loaded into its process first. */
function run(command: string, preload: string, env: Record<string, string>): Promise<JsonReport> {
  const file = join(ROOT, 'test', 'fixtures', 'preload', preload);
  const options = { NODE_OPTIONS: `--require ${JSON.stringify(file)}` };
  return runJson(command, { STACK, PLATFORM_STATE: state, ...options, ...env }, checkout.root);
}

beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'platform-odd-'));
  checkout = new Checkout();
  checkout.write(`Pulumi.${STACK}.yaml`, smallStack({}));
});
afterAll(async () => {
  await deletePlane(stackPaths(STACK, { PLATFORM_STATE: state }).plane);
  checkout.delete();
  rmSync(state, { recursive: true, force: true });
});

describe('a clock that is wrong by more than an hour', () => {
  const at = (command: string, minutes: number): Promise<JsonReport> =>
    run(command, 'clock.cjs', { CLOCK_MINUTES: String(minutes) });

  it('makes a plane whose certificates hold now, when it is fast', async () => {
    expect((await at('plane', 65)).error).toBeNull();
  });

  it('changes nothing of what an `up` does, fast, slow, or set right between two', async () => {
    const first = await at('up', -65);
    expect(first.error).toBeNull();
    expect(first.changes.create).toBeGreaterThan(0);
    for (const minutes of [65, 0]) {
      const { changes, error } = await at('up', minutes);
      expect({ minutes, changes, error }).toMatchObject({ minutes, changes: NONE, error: null });
    }
  });
});

describe('a cache that can only be read', () => {
  it('does where it holds what is needed', async () => {
    const READ_ONLY = realpathSync(cacheFolder(process.env));
    const { changes, error } = await run('up', 'read-only.cjs', { READ_ONLY, PLATFORM_CACHE: READ_ONLY });
    expect({ changes, error }).toMatchObject({ changes: NONE, error: null });
  });

  it('stops the command where it does not, with what to do, and nothing is touched', async () => {
    const READ_ONLY = mkdtempSync(join(state, 'cache-'));
    const { changes, error } = await run('up', 'read-only.cjs', { READ_ONLY, PLATFORM_CACHE: READ_ONLY });
    expectClear(error!);
    expect(error?.message).toContain(`the cache folder ${READ_ONLY} cannot be written to: EROFS`);
    expect(error?.cure).toContain('PLATFORM_CACHE');
    expect(changes).toMatchObject(NONE);
  });
});
