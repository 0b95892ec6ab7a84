import { changed, keys, keysOf, type Raw } from './files';
import { SettingsError, validate } from '../../stacks/validate';
import type { PlainSettings } from '../../stacks/schema';

const least: Raw = {
  'platform:domain': 'platform.example.com',
  'platform:availability': { replicas: 2 },
  'platform:backup': { bucket: 'backups', region: 'eu-west-1', credentials: 'hidden' },
};

/** The settings of a stack that says no more than it must, but for the given paths. */
function settings(changes: Record<string, unknown> = {}): PlainSettings {
  const raw = Object.entries(changes).reduce(
    (all, [path, value]) => changed(all, keys(`platform:${path}`), value),
    least,
  );
  return validate('prod', raw, {
    secretKeys: ['platform:backup', 'platform:delivery', 'platform:observability'],
  });
}

function problems(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const app = { image: 'registry.example.com/app:1.0.0' };

describe('defaults', () => {
  test('are secure when a stack says nothing', () => {
    expect(settings()).toMatchObject({
      security: { podSecurity: 'restricted', enforcement: 'mandatory' },
      mesh: { mode: 'managed', mtls: 'STRICT' },
      policy: { mode: 'managed', failurePolicy: 'Fail', exemptNamespaces: [] },
      delivery: { repositories: [] },
      charts: { allowUnlocked: false },
    });
  });

  test('install every component', () => {
    const modes = Object.values(settings()).flatMap((area) =>
      typeof area === 'object' && 'mode' in area ? [area.mode] : [],
    );
    expect(modes).toHaveLength(9);
    expect(new Set(modes)).toEqual(new Set(['managed']));
  });
});

describe('derived settings', () => {
  test('disruption budgets exist when a pod can be spared, unless the stack says otherwise', () => {
    expect(settings().availability.podDisruptionBudgets).toBe(true);
    expect(settings({ 'availability.replicas': 1 }).availability.podDisruptionBudgets).toBe(false);
    expect(settings({ 'availability.podDisruptionBudgets': false }).availability.podDisruptionBudgets).toBe(
      false,
    );
  });

  test('a workload gets its replicas, namespace, host and autoscaling from the stack and its name', () => {
    expect(settings({ 'workloads.app': app }).workloads.app).toMatchObject({
      replicas: 2,
      namespace: 'app',
      host: 'app.platform.example.com',
      route: true,
      autoscaling: { min: 2, max: 5, cpu: '70%' },
      metrics: { path: '/metrics', port: 8080 },
    });
  });

  test('what a workload says itself stands', () => {
    const own = {
      ...app,
      namespace: 'shop',
      host: 'shop.example.com',
      replicas: 4,
      port: 9000,
      metrics: false,
    };
    expect(settings({ 'workloads.app': own }).workloads.app).toMatchObject({
      ...own,
      autoscaling: { min: 4, max: 9 },
    });
  });

  test('a workload adapts to components that are off', () => {
    const off = {
      'mesh.mode': 'off',
      'metrics.mode': 'off',
      'observability.mode': 'off',
      'workloads.app': app,
    };
    expect(settings(off).workloads.app).toMatchObject({
      mesh: false,
      route: false,
      autoscaling: false,
      metrics: false,
    });
  });

  test("a tenant's quota is the stack's but for what it names", () => {
    const { tenants, namespaces } = settings({ 'tenants.shop': { quota: { pods: 7 } } });
    expect(tenants.shop).toEqual({
      quota: { ...namespaces.quota, pods: 7 },
      podSecurity: 'restricted',
      mesh: true,
      admins: [],
    });
  });

  test('an area that is off needs none of its secrets, nor its bucket', () => {
    const raw = changed(least, ['platform:backup'], { mode: 'off' });
    expect(validate('prod', raw, { secretKeys: [] }).backup).toMatchObject({ bucket: '', credentials: '' });
  });
});

describe('problems', () => {
  test('are all reported at once, each with its place, what was found and what is expected', () => {
    const wrong = {
      'backup.schedules': [{ name: 'daily', cron: '0 2 * * *', ttl: '7x' }],
      'network.mtu': 3,
      'mesh.mtls': 'strict',
    };
    expect(problems(() => settings(wrong))).toEqual([
      'prod: platform:network.mtu 3 is not a whole number from 1280 to 9216',
      'prod: platform:mesh.mtls "strict" is not one of "STRICT", "PERMISSIVE"',
      'prod: platform:backup.schedules[0].ttl "7x" is not a duration such as "30d"',
    ]);
  });

  test('the error says that nothing was touched, and is one that Pulumi prints without a stack', () => {
    expect(() => settings({ 'network.mtu': 3 })).toThrow(
      /settings of stack prod are refused, and nothing was touched:\n {2}prod/,
    );
    const error = new SettingsError('prod', []);
    expect(error).toHaveProperty('__pulumiRunError', true);
  });

  test('what is required and absent comes with the command that sets it', () => {
    expect(problems(() => validate('prod', {}, { secretKeys: [] }))).toEqual([
      "prod: platform:domain is missing; set it: pulumi config set --stack prod --path 'platform:domain' <value>",
      "prod: platform:availability.replicas is missing; set it: pulumi config set --stack prod --path 'platform:availability.replicas' <value>",
      "prod: platform:backup.bucket is missing; set it: pulumi config set --stack prod --path 'platform:backup.bucket' <value>",
      "prod: platform:backup.region is missing; set it: pulumi config set --stack prod --path 'platform:backup.region' <value>",
      "prod: platform:backup.credentials is missing (Content of the credentials file of the backup bucket's provider, as Velero's plugin reads it); set it: pulumi config set --stack prod --secret --path 'platform:backup.credentials'",
    ]);
  });

  test('the defaults that Pulumi.yaml has to give count as absent', () => {
    const empty = { 'platform:domain': '', 'platform:availability': {}, 'platform:backup': { mode: 'off' } };
    expect(problems(() => validate('prod', empty, { secretKeys: [] }))).toHaveLength(2);
  });

  test.each([
    ['an area', { 'platform:netwrok': {} }, 'prod: platform:netwrok is not known, did you mean "network"?'],
    [
      'a key',
      { 'platform:mesh': { mlts: 'STRICT' } },
      'prod: platform:mesh has no key "mlts", did you mean "mtls"?',
    ],
    [
      'a key like no other',
      { 'platform:protection': { zzz: 1 } },
      'prod: platform:protection has no key "zzz"; known: enabled',
    ],
    [
      "a workload's key",
      { 'platform:workloads': { app: { ...app, autoscaling: { maximum: 3 } } } },
      'prod: platform:workloads.app.autoscaling has no key "maximum"; known: min, max, cpu',
    ],
  ])('%s that is not known fails with the nearest known one', (_, extra, line) => {
    expect(problems(() => validate('prod', { ...least, ...extra }, keysOf(least)))).toEqual([line]);
  });

  test('configuration of other namespaces is none of ours', () => {
    expect(problems(() => validate('prod', { ...least, 'kubernetes:context': 'x' }, keysOf(least)))).toEqual(
      [],
    );
  });

  const oidc = { issuer: 'https://id.example.com', clientId: 'x', clientSecret: 'hidden' };
  const slack = { name: 'a', kind: 'slack', channel: '#a', secret: 'hidden' };

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['networks that overlap', { 'cluster.podCidr': '10.96.0.0/16' }, /serviceCidr "10.96.0.0\/12" overlaps/],
    [
      'a pod network too small',
      { 'cluster.podCidr': '10.244.0.0/28' },
      /podCidr "10.244.0.0\/28" is too small/,
    ],
    [
      'a Kubernetes too old',
      { 'cluster.kubernetesVersion': '1.29' },
      /kubernetesVersion "1.29" is not .* 1.30 or later/,
    ],
    [
      'a version that YAML made a number',
      { 'cluster.kubernetesVersion': 1.3 },
      /kubernetesVersion 1.3 is not .* in quotes/,
    ],
    ['IPIP without BGP', { 'network.encapsulation': 'IPIP' }, /encapsulation "IPIP" needs BGP/],
    [
      'ACME without an e-mail address',
      { 'certificates.issuer': 'acme' },
      /certificates.acme.email is missing; set it/,
    ],
    [
      'ACME for a private domain',
      { domain: 'a.internal', certificates: { issuer: 'acme', acme: { email: 'a@b' } } },
      /certificates.issuer "acme" cannot certify the private domain "a.internal"/,
    ],
    [
      'more gateways at least than at most',
      { 'mesh.gateway.maxReplicas': 1 },
      /maxReplicas 1 is less than the fewest, 2/,
    ],
    ['metrics gone within a day', { 'observability.retention': '12h' }, /retention "12h" is less than 1d/],
    [
      'scrapes too rare',
      { 'observability.scrapeInterval': '2m' },
      /scrapeInterval "2m" is not from 5s to 60s/,
    ],
    [
      'a receiver twice',
      { 'observability.alerts': { receivers: [slack, slack] } },
      /receivers\[1\].name "a" is taken/,
    ],
    [
      'a receiver of no kind',
      { 'observability.alerts': { receivers: [{ ...slack, kind: 'slak' }] } },
      /receivers\[0\].kind is not one of "slack"/,
    ],
    ['a region missing', { 'backup.region': undefined }, /backup.region is missing; set it/],
    [
      'an S3 address for Azure',
      { 'backup.s3Url': 'https://a', 'backup.provider': 'azure' },
      /s3Url has no meaning/,
    ],
    [
      'backups gone within the hour',
      { 'backup.schedules': [{ name: 'a', cron: '@daily', ttl: '5m' }] },
      /schedules\[0\].ttl "5m" is less than 1h/,
    ],
    [
      'an OIDC provider in the clear',
      { 'delivery.oidc': { ...oidc, issuer: 'http://id' } },
      /oidc.issuer the value \(not shown\) is not an https URL/,
    ],
    [
      'an image without a tag',
      { 'workloads.app': { image: 'registry.example.com:5000/app' } },
      /app.image "registry.*" is not an image/,
    ],
    [
      'the latest image',
      { 'workloads.app': { image: 'app:latest' } },
      /app.image "app:latest" is not an image/,
    ],
    [
      'two workloads at one host',
      { 'workloads.app': app, 'workloads.b': { ...app, host: 'app.platform.example.com' } },
      /workloads.b.host "app.platform.example.com" is taken/,
    ],
    [
      "a workload at Grafana's host",
      { 'workloads.grafana': app },
      /workloads.grafana.host "grafana.platform.example.com" is taken/,
    ],
    [
      "a workload in the cluster's own namespace",
      { 'workloads.app': { ...app, namespace: 'kube-system' } },
      /app.namespace "kube-system" is a namespace of the cluster's own/,
    ],
    [
      "a workload in a tenant's namespace",
      { 'workloads.app': app, 'tenants.app': {} },
      /workloads.app.namespace "app" is the namespace of a tenant/,
    ],
    [
      'a variable that is both plain and secret',
      { 'workloads.app': { ...app, env: { A: '1' }, secrets: ['A'] } },
      /secrets\[0\] "A" is set already/,
    ],
    [
      'egress to everywhere and nowhere',
      { 'workloads.app': { ...app, egress: [{ ports: [443] }] } },
      /egress\[0\] must have one of "cidr" and "namespace"/,
    ],
    [
      'a limit below its request',
      { 'workloads.app': { ...app, resources: { limits: { cpu: '50m' } } } },
      /limits.cpu "50m" is less than the request, "100m"/,
    ],
    [
      'CPU in bytes',
      { 'workloads.app': { ...app, resources: { limits: { cpu: '1Gi' } } } },
      /limits.cpu "1Gi" is not an amount of CPU/,
    ],
    [
      'a workload name that is no name',
      { workloads: { 'My App': app } },
      /workloads\["My App"\] "My App" is not a name/,
    ],
    [
      'a number as a variable',
      { 'workloads.app': { ...app, env: { A: 1 } } },
      /env.A 1 is not a text \(put numbers in quotes\)/,
    ],
    ['an area that is no group', { mesh: 'off' }, /platform:mesh "off" is not a group of settings/],
  ])('%s: refused', (_, changes, line) => {
    const found = problems(() => settings(changes));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(line);
  });

  test('a rule still runs when another area is wrong', () => {
    const found = problems(() => settings({ 'cluster.podCidr': '10.96.0.0/16', 'network.mtu': 1 }));
    expect(found).toHaveLength(2);
  });
});
