import { z } from 'zod';
import { parse } from 'yaml';
import { stackFileSchema } from '../../stacks/jsonschema';
import { toNumber, toSeconds } from '../../stacks/literals';
import { schema } from '../../stacks/schema';
import type { PlainSettings } from '../../stacks/schema';
import { SettingsError, validate } from '../../stacks/validate';
import { changed, keys, keysOf, rawOf, read, stacks, withSecrets } from './files';
import { places } from './places';

type Stack = (typeof stacks)[number];

function settingsOf(stack: Stack): PlainSettings {
  const raw = withSecrets(stack, rawOf(stack));
  return validate(stack, raw, keysOf(raw));
}

/** The settings that would result, or the problems. */
function outcome(stack: Stack, raw: Record<string, unknown>): unknown {
  try {
    return validate(stack, raw, keysOf(raw));
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

describe.each(stacks)('%s', (stack) => {
  test('is valid once its secrets are set, and lacks nothing else', () => {
    expect(() => settingsOf(stack)).not.toThrow();
  });

  test('says nothing that is a default', () => {
    const raw = withSecrets(stack, rawOf(stack));
    const full = outcome(stack, raw);
    const idle = places(rawOf(stack)).filter((path) => {
      const without = outcome(stack, changed(raw, path, undefined));
      return JSON.stringify(without) === JSON.stringify(full);
    });
    expect(idle).toEqual([]);
  });

  test('holds no secret, encrypted or plain', () => {
    const text = read(`Pulumi.${stack}.yaml`);
    expect(text).not.toMatch(/secure:|secret:|encryptionsalt|credentials:|clientSecret:/);
  });

  test('names the JSON Schema in its first line, and agrees with it', () => {
    const text = read(`Pulumi.${stack}.yaml`);
    expect(text).toMatch(/^# yaml-language-server: \$schema=stacks\/settings\.schema\.json\n/);
    const check = z.fromJSONSchema(stackFileSchema() as z.core.JSONSchema.JSONSchema);
    expect(check.safeParse(parse(text)).error?.issues ?? []).toEqual([]);
  });

  test('has the workload, single sign-on, backups and somebody to tell of alerts', () => {
    const { backup, delivery, observability, workloads } = settingsOf(stack);
    expect(Object.keys(workloads)).toEqual(['app']);
    expect(delivery.oidc).toBeDefined();
    expect(backup.schedules.length).toBeGreaterThan(0);
    expect(observability.alerts.receivers.length).toBeGreaterThan(0);
  });
});

const [dev, staging, prod, local] = stacks.map(settingsOf) as [
  PlainSettings,
  PlainSettings,
  PlainSettings,
  PlainSettings,
];

test('dev, staging and prod run one, two and three replicas', () => {
  expect([dev, staging, prod].map(({ availability }) => availability.replicas)).toEqual([1, 2, 3]);
  expect([dev, staging, prod].map(({ availability }) => availability.podDisruptionBudgets)).toEqual([
    false,
    true,
    true,
  ]);
  expect(prod.availability.zones).toBe(3);
});

test('dev is baseline and advisory, the others restricted and mandatory', () => {
  expect(dev.security).toMatchObject({ podSecurity: 'baseline', enforcement: 'advisory' });
  for (const { security } of [staging, prod, local]) {
    expect(security).toMatchObject({ podSecurity: 'restricted', enforcement: 'mandatory' });
  }
});

test('retention, storage and backups grow from dev to staging to prod', () => {
  const growing = [
    ({ observability }: PlainSettings) => toSeconds(observability.retention),
    ({ observability }: PlainSettings) => toNumber(observability.storage),
    ({ backup }: PlainSettings) => Math.max(...backup.schedules.map(({ ttl }) => toSeconds(ttl))),
    ({ namespaces }: PlainSettings) => toNumber(namespaces.quota.memory),
    ({ workloads }: PlainSettings) => toNumber(workloads.app?.resources.requests.memory ?? '0'),
  ];
  for (const fact of growing) {
    const [least = 0, middle = 0, most = 0] = [dev, staging, prod].map(fact);
    expect([least < middle, middle < most]).toEqual([true, true]);
  }
});

test('only prod is protected against its own destruction, and fails closed with several Gatekeepers', () => {
  expect([dev, staging, prod, local].map(({ protection }) => protection.enabled)).toEqual([
    false,
    false,
    true,
    false,
  ]);
  expect(prod.policy.failurePolicy).toBe('Fail');
});

test('local has every component that prod has, at one replica', () => {
  const modes = (settings: PlainSettings): unknown[] =>
    Object.values(settings).map((area) =>
      typeof area === 'object' && 'mode' in area ? area.mode : 'no component',
    );
  expect(modes(local)).toEqual(modes(prod));
  expect(local.availability.replicas).toBe(1);
  expect(local.workloads.app?.replicas).toBe(1);
});

test('the JSON Schema refuses what the loader would: unknown keys, wrong literals, secrets in plain text', () => {
  const check = z.fromJSONSchema(stackFileSchema() as z.core.JSONSchema.JSONSchema);
  const file = parse(read('Pulumi.prod.yaml')) as { config: Record<string, unknown> };
  const accepts = (path: string, value: unknown): boolean =>
    check.safeParse(changed(file, ['config', ...keys(path)], value)).success;
  expect(accepts('platform:mesh', { mtls: 'PERMISSIVE' })).toBe(true);
  expect(accepts('platform:backup.credentials', { secure: 'v1:x' })).toBe(true);
  expect(accepts('platform:backup.credentials', 'plain')).toBe(false);
  expect(accepts('platform:observability.alerts.receivers[0].secret', 'plain')).toBe(false);
  expect(accepts('platform:observability.alerts.receivers[0].secret', { secure: 'v1:x' })).toBe(true);
  expect(accepts('platform:cluster', { kubeconfig: '/etc/kubeconfig' })).toBe(true);
  expect(accepts('platform:cluster', { kubeconfig: { secure: 'v1:x' } })).toBe(true);
  expect(accepts('platform:backup.bukcet', 'x')).toBe(false);
  expect(accepts('platform:netwrok', {})).toBe(false);
  expect(accepts('platform:observability.retention', '30')).toBe(false);
  expect(accepts('platform:domain', undefined)).toBe(false);
  expect(check.safeParse({ ...file, encryptionsalt: 'v1:x', secretsprovider: 'passphrase' }).success).toBe(
    true,
  );
  expect(check.safeParse({ config: { ...file.config, 'kubernetes:context': 'x' } }).success).toBe(true);
});

test('Pulumi.yaml describes every area and gives none a value', () => {
  const project = parse(read('Pulumi.yaml')) as {
    config: Record<string, { description: string; default: unknown }>;
  };
  expect(Object.keys(project.config)).toEqual(Object.keys(schema.shape).map((area) => `platform:${area}`));
  for (const [key, { description, default: value }] of Object.entries(project.config)) {
    expect(description).toMatch(/\.$/);
    expect(value).toEqual(key === 'platform:domain' ? '' : {});
  }
});
