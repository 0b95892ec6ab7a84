import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveName, CATALOGUE, CHART_NAMES, crdsArchiveName } from '../../components/catalogue';
import { createPlatform } from '../../components/platform';
import type { Settings } from '../../stacks/schema';
import { chartOf, type KubeObject } from '../helpers/chart-objects';
import { type Construction, construct, DIGESTS, type Fields } from '../helpers/mocks';
import { stacks } from '../stacks/files';
import { settingsOf } from './settings';

/** The whole platform, as the program declares it to the engine. */

const TENANTS = { team: { admins: ['team-leads'] }, legacy: { podSecurity: 'baseline', mesh: false } };
const REPLICAS = { dev: 1, staging: 2, prod: 3, local: 1 };

describe.each(stacks)('in %s', (stack) => {
  const settings = settingsOf(stack, { 'platform:tenants': TENANTS });
  let platform: Construction;

  beforeAll(async () => {
    platform = await construct(settings);
  });

  test('every namespace has a level, a quota, defaults for containers, default-deny and DNS', () => {
    const namespaces = ofKind(platform, 'Namespace');
    expect(namespaces.length).toBeGreaterThanOrEqual(15);
    for (const { metadata } of namespaces) {
      const { name = '', labels } = metadata;
      const inside = (kind: string): KubeObject[] =>
        ofKind(platform, kind).filter((object) => object.metadata.namespace === name);
      expect(labels).toMatchObject({
        'pod-security.kubernetes.io/enforce': levelOf(name),
        'pod-security.kubernetes.io/warn': 'restricted',
        'pod-security.kubernetes.io/audit': 'restricted',
        'app.kubernetes.io/part-of': 'platform',
      });
      expect(inside('ResourceQuota').find((quota) => quota.metadata.name === 'quota')).toMatchObject({
        spec: { hard: { pods: expect.stringMatching(/^\d+$/) as unknown } },
      });
      expect(inside('LimitRange')).toMatchObject([
        {
          spec: {
            limits: [{ type: 'Container', default: settings.namespaces.limits.limits }],
          },
        },
      ]);
      const policies = Object.fromEntries(
        inside('NetworkPolicy').map(({ metadata: { name: policy = '' }, spec }) => [policy, spec] as const),
      );
      expect(policies['default-deny']).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
      expect(policies['allow-dns']).toMatchObject({
        policyTypes: ['Egress'],
        egress: [
          {
            ports: [
              { port: 53, protocol: 'UDP' },
              { port: 53, protocol: 'TCP' },
            ],
          },
        ],
      });
    }
  });

  test('only node agents may have privileges, each in a namespace of its own', () => {
    const privileged = ofKind(platform, 'Namespace').filter(
      ({ metadata }) => levelOf(metadata.name) === 'privileged',
    );
    expect(privileged.map(({ metadata }) => metadata.name).sort()).toEqual([
      'falco',
      'istio-cni',
      'node-exporter',
      'tigera-operator',
      'velero',
    ]);
  });

  test('a release is that of its row: name, version, namespace, an archive in the project, and its digest', () => {
    const releases = Object.fromEntries(
      platform.ofType(':Release').map(({ inputs, name }) => [name, inputs]),
    );
    const expected = CHART_NAMES.flatMap((chart) => {
      const { crds, crdsOnly, namespace, release, version } = CATALOGUE[chart];
      const description = `sha256:${DIGESTS.get(chart)}`;
      const common = { version, description, skipCrds: true, createNamespace: false, timeout: 600 };
      const crdsName = crdsOnly ? release : `${release}-crds`;
      const archive = `.charts/${crdsArchiveName(chart)}`;
      return [
        ...(crds ? [{ ...common, name: crdsName, namespace: 'kube-system', chart: archive }] : []),
        ...(crdsOnly
          ? []
          : [{ ...common, name: release, namespace, chart: `.charts/${archiveName(chart)}` }]),
      ];
    });
    const names = [...expected.map(({ name }) => name), 'platform-controls'];
    expect(Object.keys(releases).sort()).toEqual(names.sort());
    for (const release of expected) expect(releases[release.name]).toMatchObject(release);
  });

  test('as many replicas run of everything as the stack says, and budgets guard them where there are several', () => {
    const replicas = REPLICAS[stack];
    const counts = platform.ofType(':Release').flatMap(({ inputs, name }) => countsIn(inputs.values, name));
    expect(counts.length).toBeGreaterThanOrEqual(12);
    expect(counts.filter(([, count]) => count !== replicas)).toEqual([]);
    expect(platform.one(':Installation', 'network-installation').inputs.spec).toMatchObject({
      controlPlaneReplicas: replicas,
    });
    expect(platform.one(':HorizontalPodAutoscaler', 'app').inputs.spec).toMatchObject({
      minReplicas: replicas,
    });
    expect(platform.ofType(':PodDisruptionBudget')).toHaveLength(replicas > 1 ? 1 : 0);
  });

  test('what must not be lost is protected in prod, and nothing elsewhere', () => {
    const kept = platform.resources.filter(({ protect }) => protect).map(({ name }) => name);
    const crds = platform
      .ofType(':Release')
      .filter((release) => !chartOf(release) && release.name !== 'platform-controls');
    const expected = [
      ...platform.ofType('core/v1:Namespace').map(({ name }) => name),
      ...crds.map(({ name }) => name),
      // Without it no backup of a volume can be read: the password and the Secret that holds it.
      'backup-repository-password',
      'backup-repository-password',
    ];
    expect(kept.sort()).toEqual(stack === 'prod' ? expected.sort() : []);
  });

  test('the workload is a Deployment with all that keeps it running, reached and watched', () => {
    const own = platform.resources.filter(({ parent }) => parent.endsWith('workload:Component::app'));
    expect([...new Set(own.map(({ type }) => type.split(':').at(-1)))].sort()).toEqual([
      'AuthorizationPolicy',
      'ConfigMap',
      'Deployment',
      'HorizontalPodAutoscaler',
      'NetworkPolicy',
      ...(REPLICAS[stack] > 1 ? ['PodDisruptionBudget'] : []),
      'RandomPassword',
      'Secret',
      'Service',
      'ServiceAccount',
      'ServiceMonitor',
      'VirtualService',
    ]);
  });

  test('the outputs say where everything is and how to log in', () => {
    const { domain } = settings;
    expect(platform.outputs).toMatchObject({
      urls: {
        app: `https://app.${domain}`,
        grafana: `https://grafana.${domain}`,
        argocd: `https://argocd.${domain}`,
      },
      gatewayAddress: '192.0.2.1',
      namespaces: ofKind(platform, 'Namespace')
        .map(({ metadata }) => metadata.name)
        .sort(),
    });
    const { passwordCommands } = platform.outputs;
    expect(Object.keys(passwordCommands).sort()).toEqual([
      'app.SESSION_KEY',
      'argocd-redis',
      'backup-repository',
      'grafana',
      'grafana-secret-key',
    ]);
    // One each.
    expect(platform.ofType('random:index/randomPassword:RandomPassword')).toHaveLength(
      Object.keys(passwordCommands).length,
    );
  });

  function levelOf(namespace = ''): string | undefined {
    const found = ofKind(platform, 'Namespace').find(({ metadata }) => metadata.name === namespace);
    const level = found?.metadata.labels?.['pod-security.kubernetes.io/enforce'];
    const row = Object.values(CATALOGUE).find((each) => each.namespace === namespace);
    // Velero's node agent shares its namespace, as Velero asks.
    if (row && namespace !== 'velero') expect([namespace, level]).toEqual([namespace, row.podSecurity]);
    if (namespace === 'app' || namespace === 'team')
      expect([namespace, level]).toEqual([namespace, settings.security.podSecurity]);
    return level;
  }
});

describe('the name of the stack', () => {
  test('is in the marker and in the provider’s identity, and nothing else depends on it', async () => {
    const settings = settingsOf('prod');
    const one = await construct(settings, { stack: 'prod' });
    const other = await construct(settings, { stack: 'elsewhere', project: 'other' });
    const differs = one.resources.filter(({ inputs, name, type }) => {
      const twin = other.resources.find((each) => each.name === name && each.type === type);
      return JSON.stringify(twin?.inputs) !== JSON.stringify(inputs);
    });
    expect(differs.map(({ name }) => name).sort()).toEqual(['cluster', 'platform-owner']);
    expect(one.one(':ConfigMap', 'platform-owner').inputs).toMatchObject({
      immutable: true,
      data: { project: 'platform', stack: 'prod' },
    });
    expect(one.one('pulumi:providers:kubernetes', 'cluster').inputs.clusterIdentifier).toBe('platform/prod');
  });
});

test('a second construction is byte for byte the first', async () => {
  const bytes = async (): Promise<string> => {
    const { resources } = await construct(settingsOf('prod', { 'platform:tenants': TENANTS }));
    const sorted = resources.map((resource) => ({
      ...resource,
      dependencies: [...resource.dependencies].sort(),
    }));
    return JSON.stringify(sorted.sort((a, b) => (a.urn < b.urn ? -1 : 1)));
  };
  expect(await bytes()).toBe(await bytes());
});

test('a stack’s own values are laid over those of every chart', async () => {
  const areas = [
    'network',
    'certificates',
    'metrics',
    'policy',
    'runtimeSecurity',
    'observability',
    'backup',
    'delivery',
  ];
  const changes = areas.map((area) => [`platform:${area}.values`, { mine: { area } }]);
  const mesh = Object.fromEntries(
    ['base', 'cni', 'istiod', 'gateway'].map((chart) => [chart, { mine: { area: 'mesh' } }]),
  );
  const platform = await construct(
    settingsOf('local', { ...(Object.fromEntries(changes) as Fields), 'platform:mesh.values': mesh }),
  );
  for (const release of platform.ofType(':Release')) {
    const chart = chartOf(release);
    if (chart)
      expect([chart, release.inputs.values]).toMatchObject([
        chart,
        { mine: { area: CATALOGUE[chart].area } },
      ]);
  }
});

test('there is room for a hundred workloads and twenty tenants', async () => {
  const many = (count: number, of: object): Fields =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${count}-${index}`, of]));
  const platform = await construct(
    settingsOf('prod', {
      'platform:workloads': many(100, { image: 'registry.example.com/app:1.0.0', secrets: ['KEY'] }),
      'platform:tenants': many(20, { admins: ['team-leads'] }),
    }),
  );
  expect(platform.ofType(':Deployment')).toHaveLength(100);
  expect(platform.ofType('core/v1:Namespace')).toHaveLength(12 + 120);
  expect(platform.ofType(':RoleBinding').filter(({ name }) => name.endsWith('-admins'))).toHaveLength(20);
  expect(new Set(platform.resources.map(({ urn }) => urn)).size).toBe(platform.resources.length);
}, 60_000);

test.each(['monitoring', 'kube-system'])(
  'a workload cannot move into namespace %s, which is not its',
  async (namespace) => {
    const run = async (): Promise<Construction> =>
      construct(settingsOf('local', { 'platform:workloads.app.namespace': namespace }));
    await expect(run()).rejects.toThrow(/another/);
  },
);

/** The plain Kubernetes objects of a kind. */
function ofKind(platform: Construction, kind: string): KubeObject[] {
  return platform
    .ofType(`:${kind}`)
    .filter(({ custom }) => custom)
    .map(({ inputs }) => inputs as unknown as KubeObject);
}

/** Every number of pods in a chart's values, with its path. */
function countsIn(values: unknown, path: string): [string, unknown][] {
  if (typeof values !== 'object' || values === null) return [];
  return Object.entries(values).flatMap(([key, value]): [string, unknown][] => {
    const here = `${path}.${key}`;
    return /^(replicas|replicaCount|autoscaleMin|minReplicas)$/.test(key)
      ? [[here, value]]
      : countsIn(value, here);
  });
}

test('an error that nobody foresaw says where it was thrown, and traces are as before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'platform-'));
  const { prepareStackTrace: before } = Error as { prepareStackTrace?: unknown };
  try {
    const settings = { ...settingsOf('local'), network: undefined } as unknown as Settings;
    const error: unknown = await createPlatform({ settings, digests: DIGESTS }, folder).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).stack).toMatch(/platform\.ts:\d+/);
    expect((Error as { prepareStackTrace?: unknown }).prepareStackTrace).toBe(before);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
