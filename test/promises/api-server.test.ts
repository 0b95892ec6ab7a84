import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonReport } from '../../sandbox/engine/print';
import { stackPaths } from '../../sandbox/paths';
import { planePaths } from '../../sandbox/plane/config';
import { deletePlane, ensurePlane, PLANE_TOOLS } from '../../sandbox/plane/plane';
import type { ProcessRecord } from '../../sandbox/plane/processes';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';
import { Checkout } from '../helpers/checkout';
import { runCli, runJson } from '../helpers/cli';
import { FaultyApi } from '../helpers/faulty-api';
import { expectClear } from '../helpers/refusal';
import { smallStack } from '../../sandbox/commands/load';

/**
 * An API server that misbehaves in the middle of an `up`: the update gets over it or ends with one clear message, and
 * the next one finishes it. Each `up` here has as much to do as turning two components on or off is.
 */

jest.setTimeout(600_000);

const STACK = 'dev';
const NONE = { create: 0, update: 0, replace: 0, delete: 0 };
let state: string;
let checkout: Checkout;
let faulty: FaultyApi;
const env = (): Record<string, string> => ({ STACK, PLATFORM_STATE: state });
const plane = (): string => stackPaths(STACK, { PLATFORM_STATE: state }).plane;
const run = (command: string): Promise<JsonReport> => runJson(command, env(), checkout.root);

/** Sets the small stack to have something to do. It names another cluster, as it may for plain `pulumi`. */
function setTo(mode: 'managed' | 'off'): void {
  const cluster = { kubeconfig: join(state, 'kubeconfig'), context: 'my-prod' };
  checkout.write(`Pulumi.${STACK}.yaml`, smallStack({ cluster, certificates: { mode }, metrics: { mode } }));
}

/** The first `up` goes by the cluster of the sandbox, and says so, whatever the settings name. */
async function asksNothing(named: FaultyApi): Promise<void> {
  let asked = 0;
  named.fault = () => {
    asked += 1;
    return undefined;
  };
  const { code, stdout, stderr } = await runCli('up', env(), checkout.root);
  expect({ code, stderr, asked }).toEqual({ code: 0, stderr: '', asked: 0 });
  expect(stdout).toContain(
    'platform:cluster.kubeconfig and platform:cluster.context of Pulumi.dev.yaml not used: ' +
      'this runs on the embedded control plane',
  );
  await named.heal();
}

/** The engine and all that it starts reach the cluster through the faulty server; nothing but the code says where it is. */
function throughFaulty(): void {
  const file = 'sandbox/engine/workspace.ts';
  const [before, after, ...others] = checkout.read(file).split('planePaths(paths.plane).kubeconfig');
  if (after === undefined || others.length > 0) throw new Error(`${file} sets KUBECONFIG in another way now`);
  checkout.write(file, `${before}${JSON.stringify(join(state, 'kubeconfig'))}${after}`);
}

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'platform-faults-'));
  checkout = new Checkout();
  setTo('off');
  expect((await run('plane')).error).toBeNull();
  faulty = await FaultyApi.start(plane());
  faulty.writeKubeconfig(plane(), join(state, 'kubeconfig'));
  await asksNothing(faulty);
  throughFaulty();
});
afterAll(async () => {
  await faulty.stop();
  await deletePlane(plane());
  checkout.delete();
  rmSync(state, { recursive: true, force: true });
});

const isWrite = ({ method = '' }: IncomingMessage): boolean => /^(POST|PUT|PATCH|DELETE)$/.test(method);
const isWatch = ({ url = '' }: IncomingMessage): boolean => /[?&]watch=(true|1)\b/.test(url);

/** Does something once, in the midst of an update: at its tenth write. */
function midway(work: () => Promise<unknown>): { done: () => Promise<unknown> } {
  let writes = 0;
  let working: Promise<unknown> | undefined;
  faulty.fault = (request) => {
    if (isWrite(request) && (writes += 1) === 10) working = work();
    return undefined;
  };
  return {
    done: () => {
      if (!working) throw new Error(`the update wrote only ${writes} times`);
      return working;
    },
  };
}

let turn = 0;

/** `up` with something to do, while `fault` is; then, without it, the one that has to finish it. */
async function upThrough(fault: () => { done: () => Promise<unknown> }): Promise<JsonReport> {
  turn += 1;
  setTo(turn % 2 === 1 ? 'managed' : 'off');
  const { done } = fault();
  const first = await run('up');
  await done();
  expect(faulty.faults).toBeGreaterThan(0);
  await faulty.heal();
  const next = await run('up');
  expect({ first: first.error, next: next.error }).toEqual({ first: first.error, next: null });
  if (first.error) expectClear(first.error);
  return first;
}

const always = (judge: FaultyApi['fault']) => () => {
  faulty.fault = judge;
  return { done: () => Promise.resolve() };
};

it('throttles every eighth request: the update takes its time', async () => {
  let asked = 0;
  const first = await upThrough(
    always(() =>
      (asked += 1) % 8 === 0
        ? { status: 429, reason: 'TooManyRequests', headers: { 'retry-after': '1' } }
        : undefined,
    ),
  );
  expect(first.error).toBeNull();
});

it('drops every watch after a moment: the update sees everything all the same', async () => {
  const first = await upThrough(always((request) => (isWatch(request) ? { cutAfter: 300 } : undefined)));
  expect(first.error).toBeNull();
});

it('answers every fourth write with 409', async () => {
  let writes = 0;
  await upThrough(
    always((request) =>
      isWrite(request) && (writes += 1) % 4 === 0 ? { status: 409, reason: 'Conflict' } : undefined,
    ),
  );
});

it('is gone for five seconds', async () => {
  await upThrough(() =>
    midway(async () => {
      await faulty.pause();
      await sleep(5000);
      await faulty.resume();
    }),
  );
});

it('gets another certificate of the same authority: nobody minds', async () => {
  await upThrough(() => midway(() => faulty.changeCertificate('the same authority')));
});

it('gets a certificate of an authority that nobody knows: the update stops and says so', async () => {
  const { error } = await upThrough(() => midway(() => faulty.changeCertificate('another authority')));
  expect(error?.message).toMatch(/certificate signed by unknown authority/);
});

it('shows that certificate from the start: nothing is touched', async () => {
  await faulty.changeCertificate('another authority');
  const { changes, error } = await run('up');
  await faulty.heal();
  expect(error?.message).toMatch(
    /cannot be reached: .*certificate signed by unknown authority.*nothing was touched/,
  );
  expectClear(error!);
  expect(changes).toMatchObject(NONE);
});

it('is killed and started again', async () => {
  const tools = await obtainToolchain({ names: PLANE_TOOLS });
  await upThrough(() =>
    midway(async () => {
      const { processes } = JSON.parse(readFileSync(planePaths(plane()).record, 'utf8')) as {
        processes: ProcessRecord[];
      };
      const { pid } = processes.find(({ name }) => name === 'kube-apiserver')!;
      process.kill(pid, 'SIGKILL');
      faulty.cut();
      (await ensurePlane(plane(), tools)).api.close();
    }),
  );
});

it('has in the end what the settings say, by the state and by the cluster', async () => {
  for (const command of ['refresh', 'preview']) {
    const { changes, error } = await run(command);
    expect({ command, changes, error }).toMatchObject({ command, changes: NONE, error: null });
  }
});
