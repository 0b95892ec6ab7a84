import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadedStack } from '../../sandbox/commands/load';
import type { JsonReport } from '../../sandbox/engine/print';
import { stackPaths } from '../../sandbox/paths';
import { Api } from '../../sandbox/plane/api';
import { deletePlane } from '../../sandbox/plane/plane';
import { Checkout } from '../helpers/checkout';
import { runJson } from '../helpers/cli';

/** A hundred workloads and twenty tenants in one stack. What it costs, `make bench` says. */

jest.setTimeout(1_200_000);

const STACK = 'dev';
const NONE = { create: 0, update: 0, replace: 0, delete: 0 };
let state: string;
let checkout: Checkout;
const run = (command: string): Promise<JsonReport> =>
  runJson(command, { STACK, PLATFORM_STATE: state }, checkout.root);
const plane = (): string => stackPaths(STACK, { PLATFORM_STATE: state }).plane;

async function inCluster<T>(read: (api: Api) => Promise<T>): Promise<T> {
  const api = Api.fromFile(join(plane(), 'kubeconfig'));
  try {
    return await read(api);
  } finally {
    api.close();
  }
}

beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'platform-load-'));
  checkout = new Checkout();
  checkout.write(`Pulumi.${STACK}.yaml`, loadedStack(100, 20));
});
afterAll(async () => {
  await deletePlane(plane());
  checkout.delete();
  rmSync(state, { recursive: true, force: true });
});

it('comes up: every workload available, every tenant with its namespace', async () => {
  expect((await run('up')).error).toBeNull();
  const { deployments, namespaces } = await inCluster(async (api) => ({
    deployments: await api.list('/apis/apps/v1/deployments'),
    namespaces: await api.list('/api/v1/namespaces?labelSelector=platform.dev%2Ftenant'),
  }));
  const ready = deployments.filter(
    ({ metadata, status }) =>
      metadata.name.startsWith('app-') && (status as { availableReplicas?: number }).availableReplicas === 1,
  );
  expect(ready).toHaveLength(100);
  expect(namespaces).toHaveLength(20);
});

it('changes nothing the second time, by its state and by the cluster', async () => {
  for (const command of ['up', 'refresh']) {
    const { changes, error } = await run(command);
    expect({ command, changes, error }).toMatchObject({ command, changes: NONE, error: null });
  }
});

it('goes away whole', async () => {
  const { changes, error } = await run('destroy');
  expect(error).toBeNull();
  expect(changes.delete).toBeGreaterThan(700);
  const namespaces = await inCluster((api) => api.list('/api/v1/namespaces'));
  expect(
    namespaces.map(({ metadata }) => metadata.name).filter((name) => !/^(default|kube-.*)$/.test(name)),
  ).toEqual([]);
});
