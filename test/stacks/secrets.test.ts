import * as pulumi from '@pulumi/pulumi';
import { changed, keys, keysOf, rawOf, stacks, withSecrets } from './files';
import { missingSecrets, seal } from '../../stacks/secrets';
import { SettingsError, validate } from '../../stacks/validate';

const prod = withSecrets('prod', rawOf('prod'));

function message(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return '';
}

test('the missing secrets of a stack are listed with purpose and command', () => {
  expect(missingSecrets('prod', rawOf('prod')).map(({ path }) => path)).toEqual([
    'platform:observability.alerts.receivers[0].secret',
    'platform:observability.alerts.receivers[1].secret',
    'platform:backup.credentials',
    'platform:delivery.oidc.clientSecret',
  ]);
  expect(missingSecrets('prod', rawOf('prod'))[1]).toEqual({
    path: 'platform:observability.alerts.receivers[1].secret',
    purpose: "Routing key of the PagerDuty service's Events API v2 integration",
    command:
      "pulumi config set --stack prod --secret --path 'platform:observability.alerts.receivers[1].secret'",
  });
});

test('a secret that is there, encrypted or not, is not missing', () => {
  const encrypted = changed(rawOf('prod'), keys('platform:backup.credentials'), { secure: 'v1:x' });
  expect(missingSecrets('prod', encrypted).map(({ path }) => path)).not.toContain(
    'platform:backup.credentials',
  );
  expect(missingSecrets('prod', prod)).toEqual([]);
});

test.each(['existing', 'off'])('an area whose mode is %s needs no secrets', (mode) => {
  const raw = changed(rawOf('prod'), keys('platform:backup.mode'), mode);
  expect(missingSecrets('prod', raw).map(({ path }) => path)).not.toContain('platform:backup.credentials');
});

test('configuration that is not valid at all still has its missing secrets listed', () => {
  const wrong = {
    'platform:backup': 'x',
    'platform:observability': { alerts: { receivers: [null, 3, { kind: 'x' }] } },
  };
  expect(missingSecrets('prod', wrong)).toEqual([]);
  expect(missingSecrets('prod', {}).map(({ path }) => path)).toEqual(['platform:backup.credentials']);
});

test('a missing secret stops the run with the command that sets it', () => {
  const raw = rawOf('prod');
  for (const { path, command } of missingSecrets('prod', raw)) {
    expect(message(() => validate('prod', raw, keysOf(raw)))).toContain(`prod: ${path} is missing`);
    expect(message(() => validate('prod', raw, keysOf(raw)))).toContain(`set it: ${command}`);
  }
});

test('a secret in plain text stops the run, and is not shown', () => {
  const text = message(() =>
    validate('prod', prod, { secretKeys: ['platform:observability', 'platform:delivery'] }),
  );
  expect(text).toContain(
    "prod: platform:backup.credentials is in plain text; encrypt it: pulumi config set --stack prod --secret --path 'platform:backup.credentials'",
  );
  expect(text).not.toContain('hidden-');
});

const kubeconfig = keys('platform:cluster.kubeconfig');

test("a kubeconfig's path is no secret, its content is", () => {
  const path = changed(prod, kubeconfig, '/etc/platform/kubeconfig');
  const secretKeys = Object.keys(prod);
  expect(message(() => validate('prod', path, { secretKeys }))).toBe('');
  for (const content of ['apiVersion: v1\nkind: Config\n', '{"apiVersion":"v1"}']) {
    const raw = changed(prod, kubeconfig, content);
    expect(message(() => validate('prod', raw, { secretKeys }))).toContain(
      'platform:cluster.kubeconfig is in plain text',
    );
    expect(message(() => validate('prod', raw, { secretKeys: [...secretKeys, 'platform:cluster'] }))).toBe(
      '',
    );
  }
});

test('no message shows a secret, wherever in an encrypted area it was put', () => {
  const secret = 'hunter2-hunter2';
  const places = [
    'backup.bucket',
    'backup.prefix',
    'backup.provider',
    'backup.schedules',
    'backup.schedules[0].ttl',
    'backup.nodeAgent',
    'observability.retention',
    'observability.alerts.receivers[0].kind',
    'observability.alerts.receivers[0].name',
    'observability.alerts.receivers[0]',
    'delivery.oidc.issuer',
    'delivery.oidc',
  ];
  for (const place of places) {
    const raw = changed(prod, keys(`platform:${place}`), `${secret} !`);
    const text = message(() => validate('prod', raw, keysOf(raw)));
    expect(text).toContain(`platform:${place}`);
    expect(text).not.toContain('hunter2');
  }
});

test('sealed settings hold each declared secret as a secret output, and everything else as it was', async () => {
  const plain = validate('prod', changed(prod, kubeconfig, '/etc/kubeconfig'), keysOf(prod));
  const sealed = seal(plain);
  const outputs = [
    sealed.backup.credentials,
    sealed.delivery.oidc?.clientSecret,
    ...sealed.observability.alerts.receivers.map(({ secret }) => secret),
  ];
  expect(outputs).toHaveLength(4);
  for (const output of outputs) {
    expect(pulumi.Output.isInstance(output)).toBe(true);
    expect(await pulumi.isSecret(pulumi.output(output))).toBe(true);
  }
  expect(await pulumi.isSecret(pulumi.output(sealed.cluster.kubeconfig))).toBe(false);
  expect(sealed.workloads).toEqual(plain.workloads);
  expect(sealed.mesh).toEqual(plain.mesh);
  expect(sealed.backup.schedules).toEqual(plain.backup.schedules);
  expect(plain.backup.credentials).toBe('hidden-platform:backup.credentials');
});

test.each(stacks)('no text of the sealed settings of %s holds a secret', (stack) => {
  const raw = withSecrets(stack, rawOf(stack));
  const sealed = seal(validate(stack, raw, keysOf(raw)));
  const seen = JSON.stringify(sealed);
  expect(seen).not.toContain('hidden-');
  expect(seen).toContain('[Output<T>]');
});
