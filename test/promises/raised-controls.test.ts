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
import { eventually } from '../helpers/plane';

/** What the API server does about a control follows the stack's settings, by one release. */

jest.setTimeout(600_000);

const STACK = 'dev';
const CONTROL = 'no-node-port';
const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const NONE = { create: 0, update: 0, replace: 0, delete: 0 };
let state: string;
let checkout: Checkout;
let api: Api;
const plane = (): string => stackPaths(STACK, { PLATFORM_STATE: state }).plane;
const run = (command: string): Promise<JsonReport> =>
  runJson(command, { STACK, PLATFORM_STATE: state }, checkout.root);

async function up(level: string, admission = 'kubernetes'): Promise<JsonReport> {
  checkout.write(
    `Pulumi.${STACK}.yaml`,
    smallStack({
      policy: { mode: 'off', admission, action: 'deny' },
      security: { podSecurity: 'baseline', enforcement: 'advisory', controls: { [CONTROL]: level } },
    }),
  );
  const report = await run('up');
  expect(report.error).toBeNull();
  return report;
}

/** What is said of a Service that the control denies, which is not made. */
async function told(): Promise<{ status: number; by: string | undefined }> {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'open' },
    spec: { type: 'NodePort', ports: [{ port: 80 }] },
  };
  const path = '/api/v1/namespaces/default/services?dryRun=All';
  const { status, text, warnings } = await api.send('POST', path, service);
  const said = [...warnings, text].find((each) => each.includes(`${CONTROL}: `));
  return { status, by: /ValidatingAdmissionPolicy '([^']+)'/.exec(said ?? '')?.[1] };
}

/** The API server takes up policies in rounds of a second. */
async function untilTold(status: number, by: RegExp | undefined): Promise<void> {
  await eventually(
    async () => {
      const found = await told();
      return found.status === status && (by ? by.test(found.by ?? '') : found.by === undefined);
    },
    `status ${status} by ${String(by)}`,
  );
}

beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'platform-raised-'));
  checkout = new Checkout();
});
afterAll(async () => {
  api.close();
  await deletePlane(plane());
  checkout.delete();
  rmSync(state, { recursive: true, force: true });
});

it('warns where the control is advisory', async () => {
  await up('advisory');
  api = Api.fromFile(join(plane(), 'kubeconfig'));
  await untilTold(201, /-advisory$/);
});

it('refuses where it is raised, by an update of the release alone, and is then as declared', async () => {
  const { changes } = await up('mandatory');
  // The smoke check runs again.
  expect(changes).toMatchObject({ create: 0, update: 1, replace: 1, delete: 0 });
  await untilTold(403, /^platform-controls-[a-z-]+(?<!-advisory)$/);
  for (const command of ['refresh', 'up']) expect((await run(command)).changes).toMatchObject(NONE);
});

it('says nothing where it is disabled', async () => {
  await up('disabled');
  await untilTold(201, undefined);
});

it('is gone, with every policy, where the API server has no part in it', async () => {
  const ours = async (): Promise<string[]> =>
    (await api.list(POLICIES))
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.startsWith('platform-controls'));
  expect((await ours()).length).toBeGreaterThan(10);
  await up('mandatory', 'off');
  expect(await ours()).toEqual([]);
});
