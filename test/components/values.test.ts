import { CATALOGUE, CHART_NAMES, type ChartName } from '../../components/catalogue';
import { unknownPaths } from '../../components/charts/value-keys';
import { chartOf, renderedCrds } from '../helpers/chart-objects';
import { construct, type Fields, type Recorded } from '../helpers/mocks';
import { loadValueKeys } from '../helpers/value-keys';
import { stacks } from '../stacks/files';
import { settingsOf } from './settings';

/** What the releases give their charts, held against what the pinned charts know. */

/** Paths that a chart reads although neither its defaults nor its schema have them. */
const ALLOWED: { chart: ChartName; path: RegExp; reason: string }[] = [
  {
    chart: 'kube-prometheus-stack',
    path: /^grafana\["grafana\.ini"\]/,
    reason: "Grafana's own configuration file, section by section",
  },
  {
    chart: 'kube-prometheus-stack',
    path: /^grafana\.persistence\.storageClassName$/,
    reason: 'its default is a comment',
  },
  {
    chart: 'kube-prometheus-stack',
    path: /^(grafana|kube-state-metrics|prometheus-node-exporter|prometheusOperator)\.priorityClassName$/,
    reason: 'its default is a comment',
  },
  { chart: 'argo-cd', path: /^configs\.cm[.[]/, reason: "Argo CD's own configuration" },
  { chart: 'argo-cd', path: /^configs\.params[.[]/, reason: "the flags of Argo CD's own commands" },
  { chart: 'istiod', path: /^meshConfig\./, reason: "Istio's API of that name" },
  { chart: 'istiod', path: /^global\.enableReaderRBAC$/, reason: 'its templates read it; base has it' },
  { chart: 'istiod', path: /^resources\.limits\./, reason: 'its defaults have requests only' },
  { chart: 'cni', path: /^resources\.limits\./, reason: 'its defaults have requests only' },
  { chart: 'metrics-server', path: /^resources\.limits\./, reason: 'its defaults have requests only' },
  {
    chart: 'gatekeeper',
    path: /^(emitAdmissionEvents|defaultCreateVAP\w+)$/,
    reason: 'its templates read it',
  },
];

/** Settings that bring out every value that some stack could give. */
const VARIANTS: Fields[] = [
  {},
  {
    'platform:images.registry': 'registry.example.com/mirror',
    'platform:images.pullSecret': 'registry-pull',
    'platform:cluster.storageClass': 'fast',
    'platform:cluster.provider': 'gke',
    'platform:backup.provider': 'gcp',
    'platform:backup.prefix': 'clusters/one',
    'platform:runtimeSecurity.driver': 'kmod',
  },
  {
    'platform:certificates': { mode: 'off' },
    'platform:metrics.mode': 'off',
    'platform:mesh.mode': 'off',
    'platform:observability.mode': 'existing',
    'platform:backup.s3Url': 'https://s3.example.com',
    'platform:backup.nodeAgent': false,
    'platform:delivery.oidc': undefined,
    'platform:network.mtu': 1450,
  },
];

const releases: Recorded[] = [];

beforeAll(async () => {
  for (const stack of stacks) {
    for (const changes of VARIANTS) {
      const platform = await construct(settingsOf(stack, changes));
      releases.push(...platform.ofType(':Release').filter(chartOf));
    }
  }
});

const charts = CHART_NAMES.filter((chart) => !CATALOGUE[chart].crdsOnly);

test.each(charts)('%s is given only values that it reads', (chart) => {
  const unknown = new Set(unknownOf(chart).filter((path) => !reasonsFor(chart, path).length));
  expect([...unknown]).toEqual([]);
});

test('every exception is needed, and says why', () => {
  const idle = ALLOWED.filter(({ chart, path }) => !unknownOf(chart).some((each) => path.test(each)));
  expect(idle).toEqual([]);
  expect(ALLOWED.every(({ reason }) => reason.length > 10)).toBe(true);
});

test.each(charts)('%s renders no CRD: all of them are layer zero', (chart) => {
  for (const release of of(chart)) expect(renderedCrds(release)).toEqual([]);
});

test('no value switches on what installs or rewrites CRDs', () => {
  const on = releases.flatMap(({ inputs, name }) =>
    leaves(inputs.values, name).filter(([path, value]) => /crd/i.test(path) && value === true),
  );
  // Istio's chart renders them anyway; this one names those to leave out.
  expect([...new Set(on.map(([path]) => path))]).toEqual(['istio-base.base.enableCRDTemplates']);
});

test('no value names an image by a tag of ours: a chart and its images are of one version', () => {
  const tags = releases.flatMap(({ inputs, name }) =>
    leaves(inputs.values, name).filter(([path]) => /\.(tag|appVersion)$/.test(path)),
  );
  expect(tags).toEqual([]);
});

test('with a private registry every image is pulled from it', async () => {
  const mirror = 'registry.example.com/mirror';
  const platform = await construct(settingsOf('prod', { 'platform:images.registry': mirror }));
  const upstream =
    /^(docker\.io|quay\.io|ghcr\.io|registry\.k8s\.io|registry\.istio\.io|ecr-public\.aws\.com)/;
  const own = platform.ofType(':Release').filter(chartOf);
  const values = own.flatMap(({ inputs, name }) => leaves(inputs.values, name));
  expect(values.filter(([, value]) => typeof value === 'string' && upstream.test(value))).toEqual([]);
  const without = own.filter(({ inputs }) => !JSON.stringify(inputs.values).includes(mirror));
  // The one has no image, and the injector chooses that of the other.
  expect(without.map(({ name }) => name).sort()).toEqual(['istio-base', 'istio-ingress']);
  const workload = JSON.stringify(platform.one(':Deployment', 'app').inputs);
  expect(workload).toContain(`"image":"${mirror}/stefanprodan/podinfo:`);
});

/** Paths that a chart is given, in any stack, and does not have. */
function unknownOf(chart: ChartName): string[] {
  return of(chart).flatMap(({ inputs }) => unknownPaths(inputs.values as Fields, loadValueKeys(chart)));
}

function reasonsFor(chart: ChartName, path: string): string[] {
  return ALLOWED.filter((entry) => entry.chart === chart && entry.path.test(path)).map(
    ({ reason }) => reason,
  );
}

/** The releases of a chart in every stack and variant; at least one in each stack. */
function of(chart: ChartName): Recorded[] {
  const found = releases.filter((release) => chartOf(release) === chart);
  expect(found.length).toBeGreaterThanOrEqual(stacks.length);
  return found;
}

/** Every value at the end of a path, lists included. */
function leaves(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, `${path}.${key}`));
}
