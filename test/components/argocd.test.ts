import { parse } from 'yaml';
import { unknownPaths } from '../../components/charts/value-keys';
import { LOCKED_PROJECT, platformProject } from '../../components/delivery/projects';
import { argoCdTraffic } from '../../components/delivery/traffic';
import { argoCdValues } from '../../components/delivery/values';
import { loadValueKeys } from '../helpers/value-keys';
import { settingsOf } from './settings';

const OIDC = 'platform:delivery.oidc';

describe('argo-cd', () => {
  test("sets only keys that the chart has, beside Argo CD's own settings", () => {
    const settings = settingsOf('prod', {
      'platform:images.registry': 'registry.example.com/mirror',
      'platform:images.pullSecret': 'registry-pull',
    });
    const unknown = unknownPaths(argoCdValues(settings), loadValueKeys('argo-cd'));
    expect(unknown.filter((path) => !/^configs\.(cm|params)[.[]/.test(path))).toEqual([]);
  });

  test('keeps every secret out of its values', () => {
    expect(JSON.stringify(argoCdValues(settingsOf('prod')))).not.toContain('hidden-');
  });

  test('leaves CRDs to layer zero and the password of Redis to the platform: no Job runs', () => {
    expect(argoCdValues(settingsOf('prod'))).toMatchObject({
      crds: { install: false },
      redisSecretInit: { enabled: false },
      'redis-ha': { existingSecret: 'argocd-redis' },
    });
  });

  test('survives the loss of a node where the stack has three replicas', () => {
    const values = argoCdValues(settingsOf('prod'));
    for (const part of ['server', 'repoServer', 'applicationSet']) {
      expect(values).toHaveProperty(`${part}.replicas`, 3);
      expect(values).toHaveProperty(`${part}.pdb`, { enabled: true, maxUnavailable: 1 });
      expect(values).toHaveProperty(
        `${part}.topologySpreadConstraints.0.topologyKey`,
        'topology.kubernetes.io/zone',
      );
    }
    expect(values).toHaveProperty('redis-ha.enabled', true);
    expect(values).toHaveProperty('redis-ha.podDisruptionBudget', {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });

  test.each([
    ['staging', 2, true],
    ['local', 1, false],
  ])('has a single Redis in %s, with %d replicas and budgets: %s', (stack, replicas, budgets) => {
    const values = argoCdValues(settingsOf(stack));
    expect(values).toHaveProperty('server.replicas', replicas);
    expect(values).toHaveProperty('server.pdb.enabled', budgets);
    expect(values).toHaveProperty('redis-ha.enabled', false);
  });

  test('logs people in at the identity provider only, and knows just the groups that it is told', () => {
    const values = argoCdValues(settingsOf('prod', { 'platform:delivery.admins': ['ops', 'a "b", c'] }));
    expect(values).toHaveProperty(['configs', 'cm', 'admin.enabled'], false);
    expect(values).toHaveProperty(['configs', 'cm', 'users.anonymous.enabled'], false);
    expect(values).toHaveProperty(['configs', 'rbac', 'policy.default'], '');
    expect(values).toHaveProperty(
      ['configs', 'rbac', 'policy.csv'],
      'g, "ops", role:admin\ng, "a ""b"", c", role:admin',
    );
    const { cm } = values.configs as { cm: Record<string, string> };
    expect(parse(cm['oidc.config'] ?? '')).toMatchObject({
      issuer: 'https://id.example.com',
      clientID: 'platform-prod',
      clientSecret: '$argocd-oidc:clientSecret',
    });
  });

  test('has its built-in admin where there is no identity provider', () => {
    const values = argoCdValues(settingsOf('prod', { [OIDC]: undefined }));
    expect(values).toHaveProperty(['configs', 'cm', 'admin.enabled'], true);
    expect(values).not.toHaveProperty(['configs', 'cm', 'oidc.config']);
  });

  test.each([
    [{}, true, 'https'],
    [{ 'platform:certificates': { mode: 'off' } }, true, 'http'],
    [{ 'platform:mesh': { mode: 'off' } }, false, 'https'],
  ])('with %j, leaves TLS to the gateway: %s', (changes, insecure, scheme) => {
    const values = argoCdValues(settingsOf('prod', changes));
    expect(values).toHaveProperty(['configs', 'params', 'server.insecure'], insecure);
    expect(values).toHaveProperty(['configs', 'cm', 'url'], `${scheme}://argocd.platform.example.com`);
  });

  test('runs no terminal in pods, and gives the API only to parts that need it', () => {
    const values = argoCdValues(settingsOf('prod'));
    expect(values).toHaveProperty(['configs', 'cm', 'exec.enabled'], false);
    expect(values).toMatchObject({
      repoServer: { automountServiceAccountToken: false },
      redis: { automountServiceAccountToken: false },
      global: { networkPolicy: { create: false } },
    });
  });

  test('comes from the private registry, both kinds of Redis included', () => {
    const values = argoCdValues(
      settingsOf('prod', {
        'platform:images.registry': 'registry.example.com/mirror',
        'platform:images.pullSecret': 'registry-pull',
      }),
    );
    const image = (path: string): object => ({ repository: `registry.example.com/mirror/${path}` });
    expect(values).toMatchObject({
      global: { image: image('argoproj/argocd'), imagePullSecrets: [{ name: 'registry-pull' }] },
      redis: { image: image('docker/library/redis') },
      'redis-ha': {
        image: image('docker/library/redis'),
        imagePullSecrets: [{ name: 'registry-pull' }],
        haproxy: { image: image('docker/library/haproxy'), imagePullSecrets: [{ name: 'registry-pull' }] },
      },
    });
  });

  test('is monitored only where there is something to monitor with', () => {
    const off = settingsOf('prod', { 'platform:observability': { mode: 'off' } });
    for (const part of ['controller', 'server', 'repoServer', 'applicationSet']) {
      const monitor = `${part}.metrics.serviceMonitor.enabled`;
      expect(argoCdValues(settingsOf('prod'))).toHaveProperty(monitor, true);
      expect(argoCdValues(off)).toHaveProperty(monitor, false);
    }
    expect(argoCdTraffic(off)).not.toHaveProperty('allow-scrape');
  });
});

describe('projects', () => {
  test('may deliver from the known repositories into the namespaces of workloads and tenants, each once', () => {
    const settings = settingsOf('prod', {
      'platform:delivery.repositories': ['https://github.com/example/*'],
      'platform:tenants': { shop: {} },
      'platform:workloads.api': { namespace: 'app', image: 'registry.example.com/api:1.0.0' },
    });
    expect(platformProject(settings)).toMatchObject({
      sourceRepos: ['https://github.com/example/*'],
      destinations: ['app', 'shop'].map((namespace) => ({
        server: 'https://kubernetes.default.svc',
        namespace,
      })),
      clusterResourceWhitelist: [],
      namespaceResourceBlacklist: [
        { group: '', kind: 'ResourceQuota' },
        { group: '', kind: 'LimitRange' },
      ],
    });
  });

  test('may deliver nothing where no project is named', () => {
    expect(LOCKED_PROJECT).toMatchObject({
      sourceRepos: [],
      destinations: [],
      clusterResourceWhitelist: [],
      namespaceResourceBlacklist: [{ group: '*', kind: '*' }],
    });
  });
});

describe('the traffic of Argo CD', () => {
  test('reaches repositories on their own ports', () => {
    const rules = argoCdTraffic(
      settingsOf('prod', {
        'platform:delivery.repositories': [
          'https://github.com/example/*',
          'ssh://git@git.example.com/apps.git',
          'ssh://git@git.example.com:2222/apps.git',
          'oci://registry.example.com:5000/charts',
        ],
      }),
    );
    expect(rules['allow-repositories']).toEqual({
      egress: { to: 'anywhere', ports: [22, 443, 2222, 5000] },
    });
  });

  test('lets only the gateway in to the server', () => {
    expect(argoCdTraffic(settingsOf('prod'))['allow-gateway']).toEqual({
      pods: { 'app.kubernetes.io/name': 'argocd-server' },
      ingress: { from: { namespaces: ['istio-ingress'] }, ports: [8080] },
    });
    expect(argoCdTraffic(settingsOf('prod', { 'platform:mesh': { mode: 'off' } }))).not.toHaveProperty(
      'allow-gateway',
    );
  });
});
