import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { TYPESCRIPT } from '../../sandbox/paths';
import { Checkout } from '../helpers/checkout';
import { run } from '../helpers/cli';
import { Host } from '../helpers/host';
import type { ProgramResult } from '../helpers/program';
import { STACK_TRACE } from '../helpers/refusal';
import { rawOf } from '../stacks/files';

/** The program as the Pulumi CLI runs it, by the real engine, against clusters that it must refuse. */

jest.setTimeout(60_000);

const NAMESPACE = '/api/v1/namespaces/kube-system/configmaps';
const server = new Host();
let checkout: Checkout;

beforeAll(async () => {
  checkout = new Checkout();
  await server.start();
});
afterAll(async () => {
  await server.stop();
  checkout.delete();
});
beforeEach(() => {
  server.clear();
  const configMaps = { name: 'configmaps', kind: 'ConfigMap', namespaced: true, verbs: ['get'] };
  answer('/api', { kind: 'APIVersions', versions: ['v1'] });
  answer('/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups: [] });
  answer('/api/v1', { kind: 'APIResourceList', groupVersion: 'v1', resources: [configMaps] });
  answer('/version', { gitVersion: 'v1.36.3' });
});

/** Lets the API server have this at a path, as kubectl asks for it. */
function answer(path: string, body: object): void {
  server.routes.set(`${path}?timeout=5s`, (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
  );
}

/** A kubeconfig with one context, `blue`. */
function kubeconfig(url: string): string {
  const path = join(checkout.root, 'kubeconfig');
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'blue', cluster: { server: url } }],
    contexts: [{ name: 'blue', context: { cluster: 'blue', user: '' } }],
    users: [],
    'current-context': 'blue',
  };
  writeFileSync(path, stringify(content));
  return path;
}

/** Runs the program of a stack that needs no secret, with this in its cluster's settings. */
async function program(operation: 'up' | 'preview', cluster: Record<string, string>): Promise<ProgramResult> {
  const off = { mode: 'off' };
  const areas = { backup: off, delivery: off, observability: off, cluster };
  const config = {
    ...rawOf('local'),
    ...Object.fromEntries(Object.entries(areas).map(([area, value]) => [`platform:${area}`, value])),
  };
  checkout.write('Pulumi.local.yaml', stringify({ config }));
  return runProgram('local', operation);
}

async function runProgram(stack: string, operation: string): Promise<ProgramResult> {
  const script = join(__dirname, '../helpers/program.ts');
  const node = [process.execPath, '--require', TYPESCRIPT, script];
  const { stdout, stderr } = await run([...node, checkout.root, stack, operation], {}, checkout.root);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as ProgramResult;
}

function expectRefused({ succeeded, errors, resources }: ProgramResult, message: RegExp): void {
  expect({ succeeded, resources, errors: errors.length }).toEqual({
    succeeded: false,
    resources: 0,
    errors: 1,
  });
  expect(errors[0]).toMatch(message);
  expect(errors[0]).toContain('nothing was touched');
  expect(errors[0]).not.toMatch(STACK_TRACE);
}

it('a missing secret stops it, with the command that sets it', async () => {
  const set = 'pulumi config set --stack prod --secret --path';
  const result = await runProgram('prod', 'up');
  expectRefused(
    result,
    new RegExp(`backup\\.credentials is missing \\(.*\\); set it: ${set} 'platform:backup`),
  );
});

it('a cluster that does not answer stops an update', async () => {
  const cluster = { kubeconfig: kubeconfig('http://127.0.0.1:9') };
  expectRefused(await program('up', cluster), /^the cluster cannot be reached: .*127\.0\.0\.1:9 was refused/);
});

it('a kubeconfig that is not there stops an update', async () => {
  const cluster = { kubeconfig: '/no/such/kubeconfig' };
  expectRefused(
    await program('up', cluster),
    /cannot be reached: .*\/no\/such\/kubeconfig.*\nSee that platform:cluster/,
  );
});

it('a context that is not in the kubeconfig stops an update, with those that are', async () => {
  const cluster = { kubeconfig: kubeconfig(server.base), context: 'bleu' };
  const result = await program('up', cluster);
  expectRefused(
    result,
    /^platform:cluster\.context "bleu" is not in the kubeconfig, which has blue; .*\nSet it: /,
  );
  expect(server.asked).toEqual([]);
});

it.each(['up', 'preview'] as const)(
  'a cluster of another stack stops %s, with its owner',
  async (operation) => {
    const metadata = { name: 'platform-owner', namespace: 'kube-system' };
    const data = { project: 'platform', stack: 'other' };
    answer(`${NAMESPACE}/platform-owner`, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    const result = await program(operation, { kubeconfig: kubeconfig(server.base), context: 'blue' });
    expectRefused(result, /^the cluster belongs to platform\/other, .* and this is platform\/local/);
  },
);

it('a cluster that is too old stops an update', async () => {
  answer('/version', { gitVersion: 'v1.31.4' });
  const result = await program('up', { kubeconfig: kubeconfig(server.base) });
  expectRefused(
    result,
    /^the cluster runs Kubernetes v1\.31\.4, and platform:cluster\.kubernetesVersion is "1\.36"/,
  );
});
