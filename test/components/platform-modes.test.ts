import { type Area, CATALOGUE, CHART_NAMES } from '../../components/catalogue';
import { chartOf, groupOf, type KubeObject, objectsOf } from '../helpers/chart-objects';
import { type Construction, construct, type Recorded } from '../helpers/mocks';
import { isParticular, pairs } from '../helpers/webhooks';
import { settingsOf } from './settings';

/** Each area can be off, or be the cluster's own: what depends on it adapts. */

const AREAS = [...new Set(CHART_NAMES.map((chart) => CATALOGUE[chart].area))];

/** API groups of which no object is declared while an area is off. */
const GROUPS: Partial<Record<Area, string[]>> = {
  network: ['operator.tigera.io', 'projectcalico.org'],
  certificates: ['cert-manager.io'],
  mesh: ['networking.istio.io', 'security.istio.io', 'telemetry.istio.io'],
  policy: ['config.gatekeeper.sh'],
  observability: ['monitoring.coreos.com'],
  backup: ['velero.io'],
  delivery: ['argoproj.io'],
  metrics: ['autoscaling'],
};

/** Those kinds that are declared all the same where the cluster has its own. */
const KINDS: Partial<Record<Area, string[]>> = {
  certificates: ['Certificate', 'ClusterIssuer'],
  mesh: ['AuthorizationPolicy', 'Gateway', 'VirtualService'],
  observability: ['PodMonitor', 'ServiceMonitor'],
  backup: ['Schedule'],
  delivery: ['AppProject'],
  metrics: ['HorizontalPodAutoscaler'],
};

const everything = (mode: string): Record<string, string> =>
  Object.fromEntries(AREAS.map((area) => [`platform:${area}.mode`, mode]));

describe.each(AREAS)('%s', (area) => {
  test('off: neither its charts nor anything that needs it', async () => {
    const platform = await construct(settingsOf('prod', { [`platform:${area}.mode`]: 'off' }));
    expect(releasesOf(platform, area)).toEqual([]);
    expect(objects(platform, GROUPS[area] ?? [])).toEqual([]);
    expectOrder(platform);
  });

  test('existing: what is declared is the platform’s, and the cluster’s own serves it', async () => {
    const platform = await construct(settingsOf('prod', { [`platform:${area}.mode`]: 'existing' }));
    expect(releasesOf(platform, area)).toEqual([]);
    const kinds = platform
      .custom()
      .filter(({ type }) => !type.endsWith(':Release'))
      .flatMap(objectsOf)
      .filter((object) => GROUPS[area]?.includes(groupOf(object)))
      .map(({ kind }) => kind);
    expect([...new Set(kinds)].sort()).toEqual(KINDS[area] ?? []);
    expectOrder(platform);
  });
});

test('with everything off there are the namespaces, the workload, the controls and the check', async () => {
  const platform = await construct(settingsOf('local', everything('off')));
  expect(platform.ofType(':Release').map(({ name }) => name)).toEqual(['platform-controls']);
  const types = platform.custom().map(({ type }) => type.split(':').at(-1));
  expect([...new Set(types)].sort()).toEqual([
    'Command',
    'ConfigMap',
    'Deployment',
    'LimitRange',
    'Namespace',
    'NetworkPolicy',
    'PriorityClass',
    'RandomPassword',
    'Release',
    'ResourceQuota',
    'Secret',
    'Service',
    'ServiceAccount',
    'command',
    'kubernetes',
  ]);
  expect(platform.outputs).toMatchObject({ urls: {}, gatewayAddress: '', namespaces: ['app'] });
});

test('on a cluster that has it all, no chart of the catalogue is installed', async () => {
  const platform = await construct(settingsOf('local', everything('existing')));
  expect(platform.ofType(':Release').map(({ name }) => name)).toEqual(['platform-controls']);
  expect(platform.outputs.namespaces).toEqual(['app']);
});

describe('without a mesh', () => {
  let platform: Construction;
  beforeAll(async () => {
    const tenants = { 'platform:tenants': { team: {} } };
    platform = await construct(settingsOf('local', { 'platform:mesh.mode': 'off', ...tenants }));
  });

  test('nothing is routed, injected, or opened to a gateway', () => {
    expect(platform.outputs).toMatchObject({ urls: {}, gatewayAddress: '' });
    const labels = platform
      .ofType('core/v1:Namespace')
      .map(({ inputs }) => (inputs as unknown as KubeObject).metadata.labels?.['istio-injection']);
    expect(new Set(labels)).toEqual(new Set(['disabled']));
    const policies = platform.ofType(':NetworkPolicy').map(({ name }) => name);
    expect(policies.filter((name) => /gateway|istiod/.test(name))).toEqual([]);
  });

  test('Argo CD and Grafana end TLS, or do without it, themselves', () => {
    expect(platform.one(':Release', 'argocd').inputs.values).toHaveProperty(
      ['configs', 'params', 'server.insecure'],
      false,
    );
  });
});

describe('without certificates', () => {
  test('the gateway speaks plain HTTP, and what is told of it says so', async () => {
    const platform = await construct(settingsOf('local', { 'platform:certificates.mode': 'off' }));
    expect(Object.values(platform.outputs.urls).every((url) => url.startsWith('http://'))).toBe(true);
    expect(platform.ofType(':Gateway').map(({ inputs }) => inputs.spec)).toMatchObject([
      { servers: [{ port: { protocol: 'HTTP' } }] },
    ]);
    expect(platform.one(':Release', 'metrics-server').inputs.values).toMatchObject({ tls: { type: 'helm' } });
  });
});

describe('without Gatekeeper and Calico', () => {
  test('the smoke check still comes after everything', async () => {
    const platform = await construct(
      settingsOf('prod', { 'platform:policy.mode': 'off', 'platform:network.mode': 'existing' }),
    );
    const check = platform.one(':Command', 'smoke-check');
    const late = platform.custom().filter((each) => each !== check && !platform.waits(check, each));
    expect(late).toEqual([]);
  });
});

/** Whatever else is there, what a webhook guards is never made while the webhook starts. */
function expectOrder(platform: Construction): void {
  const found = pairs(platform);
  const early = found.filter(
    ({ resource, server, webhook }) => isParticular(webhook) && !platform.waits(resource, server),
  );
  const meanwhile = found.filter(
    ({ resource, server, webhook }) =>
      webhook.server === 'gatekeeper' &&
      !platform.waits(resource, server) &&
      !platform.waits(server, resource),
  );
  expect([...early, ...meanwhile].map(({ text }) => text)).toEqual([]);
}

/** Releases of an area's charts, and of their CRDs. */
function releasesOf(platform: Construction, area: Area): string[] {
  const charts = CHART_NAMES.filter((chart) => CATALOGUE[chart].area === area);
  const own = charts.flatMap((chart) => [CATALOGUE[chart].release, `${CATALOGUE[chart].release}-crds`]);
  return platform
    .ofType(':Release')
    .map(({ name }) => name)
    .filter((name) => own.includes(name));
}

/** What is of these API groups, inside releases too. */
function objects(platform: Construction, groups: string[]): string[] {
  const isOne = (resource: Recorded): string[] =>
    objectsOf(resource)
      .filter((object) => groups.includes(groupOf(object)))
      .map(({ kind }) => `${kind} of ${chartOf(resource) ?? resource.name}`);
  return platform.custom().flatMap(isOne);
}
