import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { smallStack } from '../../sandbox/commands/load';
import type { JsonReport } from '../../sandbox/engine/print';
import { stackPaths } from '../../sandbox/paths';
import { Api } from '../../sandbox/plane/api';
import { deletePlane } from '../../sandbox/plane/plane';
import { Checkout } from '../helpers/checkout';
import { runJson } from '../helpers/cli';
import { expectClear } from '../helpers/refusal';

/** A release whose upgrade fails half-way: what became of it is told, and the next `up` goes on from there. */

jest.setTimeout(600_000);

const STACK = 'dev';
let state: string;
let checkout: Checkout;
const plane = (): string => stackPaths(STACK, { PLATFORM_STATE: state }).plane;

async function up(replicas: number): Promise<JsonReport> {
  const managed = { mode: 'managed' };
  const metrics = { ...managed, values: { replicas } };
  checkout.write(`Pulumi.${STACK}.yaml`, smallStack({ certificates: managed, metrics }));
  return runJson('up', { STACK, PLATFORM_STATE: state }, checkout.root);
}

beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'platform-failed-release-'));
  checkout = new Checkout();
});
afterAll(async () => {
  await deletePlane(plane());
  checkout.delete();
  rmSync(state, { recursive: true, force: true });
});

it('is told with its revision, and with the last one that was whole', async () => {
  expect((await up(1)).error).toBeNull();
  const { error } = await up(-1);
  expect(error?.message).toMatch(/spec\.replicas: Invalid value: -1/);
  expect(error?.message).toMatch(
    /^release metrics-server\/metrics-server: revision 2 failed and was not rolled back: .*; revision 1 is the last that was whole; the next `up` goes on from there$/m,
  );
  expectClear(error!);
});

it('goes on when the settings are right again, and then nothing is left to change', async () => {
  expect((await up(2)).error).toBeNull();
  const api = Api.fromFile(join(plane(), 'kubeconfig'));
  try {
    const path = '/apis/apps/v1/namespaces/metrics-server/deployments/metrics-server';
    expect((await api.get(path)).spec).toMatchObject({ replicas: 2 });
  } finally {
    api.close();
  }
  expect((await up(2)).changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
});
