import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUE } from '../../components/catalogue';
import type { JsonReport } from '../../sandbox/engine/print';
import { stackPaths } from '../../sandbox/paths';
import { Api } from '../../sandbox/plane/api';
import { deletePlane } from '../../sandbox/plane/plane';
import { Checkout } from '../helpers/checkout';
import { runJson } from '../helpers/cli';
import { smallStack } from '../../sandbox/commands/load';

/** Charts go from the versions before to the current ones on a live cluster, their CRDs too; what people made stays. */

jest.setTimeout(600_000);

const STACK = 'dev';
const BEFORE = { 'cert-manager': 'v1.20.0', 'metrics-server': '3.12.0' };
const CATALOGUE_FILE = 'components/catalogue.ts';
const FACTS_FILE = 'sandbox/charts/facts/cert-manager.yaml';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WATCHED = {
  certificate: '/apis/cert-manager.io/v1/namespaces/default/certificates/mine',
  issuer: '/apis/cert-manager.io/v1/namespaces/default/issuers/mine',
  definition: `${CRDS}/certificates.cert-manager.io`,
  namespace: '/api/v1/namespaces/cert-manager',
  deployment: '/apis/apps/v1/namespaces/cert-manager/deployments/cert-manager',
  metrics: '/apis/apps/v1/namespaces/metrics-server/deployments/metrics-server',
};

let state: string;
let checkout: Checkout;
let api: Api;
const run = (command: string): Promise<JsonReport> =>
  runJson(command, { STACK, PLATFORM_STATE: state }, checkout.root);
const plane = (): string => stackPaths(STACK, { PLATFORM_STATE: state }).plane;

/** Replaces a text of a file that must be there. */
function edit(file: string, from: string, to: string): void {
  const text = checkout.read(file);
  expect(text).toContain(from);
  checkout.write(file, text.replace(from, to));
}

async function uids(): Promise<Record<string, unknown>> {
  const all = Object.entries(WATCHED).map(
    async ([name, path]) => [name, (await api.get(path)).metadata.uid] as const,
  );
  return Object.fromEntries(await Promise.all(all));
}

async function definition(name: string): Promise<{ served: string[]; shortNames: string[] }> {
  const { names, versions } = (await api.get(`${CRDS}/${name}`)).spec as {
    names: { shortNames?: string[] };
    versions: { name: string; served: boolean }[];
  };
  const served = versions.filter((version) => version.served).map((version) => version.name);
  return { served, shortNames: names.shortNames ?? [] };
}

async function images(): Promise<unknown[]> {
  const labels = await Promise.all(
    [WATCHED.deployment, WATCHED.metrics].map(async (path) => (await api.get(path)).metadata.labels),
  );
  return labels.map((each) => each?.['helm.sh/chart']);
}

beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'platform-upgrade-'));
  checkout = new Checkout();
  checkout.write(
    `Pulumi.${STACK}.yaml`,
    smallStack({ certificates: { mode: 'managed' }, metrics: { mode: 'managed' } }),
  );
});
afterAll(async () => {
  api.close();
  await deletePlane(plane());
  checkout.delete();
  rmSync(state, { recursive: true, force: true });
});

it('the versions before come up, with fewer CRDs and older ones', async () => {
  for (const [chart, version] of Object.entries(BEFORE) as [keyof typeof BEFORE, string][]) {
    edit(CATALOGUE_FILE, `version: '${CATALOGUE[chart].version}'`, `version: '${version}'`);
  }
  edit(FACTS_FILE, '    acme.cert-manager.io: { challenges: Challenge v1, orders: Order v1 }\n', '');
  edit(
    FACTS_FILE,
    'certificates: Certificate v1 short=cert,certs',
    'certificates: Certificate v1 short=cert',
  );
  edit(FACTS_FILE, 'issuers: Issuer v1 short=iss', 'issuers: Issuer v1alpha3,v1 storage=v1 short=iss');
  expect((await run('up')).error).toBeNull();
  api = Api.fromFile(join(plane(), 'kubeconfig'));
  expect(await images()).toEqual(Object.entries(BEFORE).map(([chart, version]) => `${chart}-${version}`));
  expect(await definition('certificates.cert-manager.io')).toEqual({ served: ['v1'], shortNames: ['cert'] });
  expect((await definition('issuers.cert-manager.io')).served).toEqual(['v1alpha3', 'v1']);
  await expect(api.get(`${CRDS}/orders.acme.cert-manager.io`)).rejects.toThrow('404');
});

it('the current ones take their place: CRDs are added and changed, nothing is made anew', async () => {
  const spec = { secretName: 'mine', issuerRef: { name: 'mine' } };
  const mine = (kind: string, version: string, more: object): object => ({
    apiVersion: `cert-manager.io/${version}`,
    kind,
    metadata: { name: 'mine' },
    spec: more,
  });
  await api.call('POST', WATCHED.certificate.replace(/\/mine$/, ''), mine('Certificate', 'v1', spec));
  // Made by way of the version that goes.
  const old = WATCHED.issuer.replace('/v1/', '/v1alpha3/').replace(/\/mine$/, '');
  await api.call('POST', old, mine('Issuer', 'v1alpha3', { selfSigned: {} }));
  const before = await uids();
  for (const file of [CATALOGUE_FILE, FACTS_FILE]) checkout.restore(file);

  const { changes, error } = await run('up');
  expect(error).toBeNull();
  // The smoke check runs again.
  expect(changes).toMatchObject({ create: 0, replace: 1, delete: 0 });
  expect(changes.update).toBeGreaterThanOrEqual(3);
  expect(await images()).toEqual(
    Object.keys(BEFORE).map((chart) => `${chart}-${CATALOGUE[chart as keyof typeof BEFORE].version}`),
  );
  expect((await definition('certificates.cert-manager.io')).shortNames).toEqual(['cert', 'certs']);
  expect((await definition('issuers.cert-manager.io')).served).toEqual(['v1']);
  expect((await definition('orders.acme.cert-manager.io')).served).toEqual(['v1']);
  expect(await uids()).toEqual(before);
  expect((await api.get(WATCHED.certificate)).spec).toEqual(spec);
  expect((await api.get(WATCHED.issuer)).spec).toEqual({ selfSigned: {} });
});

it('and then nothing is left to change', async () => {
  const { changes, error } = await run('up');
  expect(error).toBeNull();
  expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
});
