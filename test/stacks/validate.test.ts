import { SettingsError, validate } from '../../stacks/validate';
import { changed, keysOf } from './files';
import { app, least, problems, settings } from './least';

describe('defaults', () => {
  test('are secure when a stack says nothing', () => {
    expect(settings()).toMatchObject({
      security: { podSecurity: 'restricted', enforcement: 'mandatory' },
      mesh: { mode: 'managed', mtls: 'STRICT' },
      policy: { mode: 'managed', failurePolicy: 'Fail', exemptNamespaces: {} },
      delivery: { repositories: [] },
      charts: { requireLocked: true },
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
      'prod: platform:protection has no key "zzz"; known: enabled, allowChanges, allowReplacements',
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
});
