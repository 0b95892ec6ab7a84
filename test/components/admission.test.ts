import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackArchive } from '../../policy/archive';
import { controlsValues, placeControls, platformPolicies } from '../../components/policy/chart';
import { hasAdmissionTwin, policyName } from '../../policy/admission';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { EXEMPTIONS } from '../../policy/exemptions';
import { ROLLOUT } from '../../policy/rollout';
import { enforced, optionsFor } from '../../components/policy/enforced';
import { construct } from '../helpers/mocks';
import { settingsOf } from './settings';

const ADMITTED = OBJECT_CONTROLS.filter(hasAdmissionTwin).map(({ id }) => id);
const actions = (stack: string, changes = {}): Map<string, string> =>
  new Map(enforced(settingsOf(stack, changes)).map(({ action, control }) => [control.id, action]));

test('in prod every control is a policy: it denies, unless it is being rolled out', () => {
  const all = actions('prod');
  expect([...all.keys()]).toEqual(ADMITTED);
  for (const [id, action] of all) expect([id, action]).toEqual([id, ROLLOUT.includes(id) ? 'warn' : 'deny']);
});

test('warns where the stack says no more, or that it is advisory', () => {
  expect([...new Set(actions('dev').values())]).toEqual(['warn']);
  const advisory = actions('prod', { 'platform:security.enforcement': 'advisory' });
  expect([...new Set(advisory.values())]).toEqual(['warn']);
});

test('takes the level of one control from the stack; a disabled one is not installed', () => {
  const all = actions('prod', {
    'platform:security.controls': { 'no-privileged': 'advisory', 'no-host-path': 'disabled' },
  });
  expect(all.get('no-privileged')).toBe('warn');
  expect(all.has('no-host-path')).toBe(false);
});

test('leaves the namespaces of the cluster alone, and those that the stack names', () => {
  const settings = settingsOf('prod', { 'platform:policy.exemptNamespaces': { legacy: 'moved by June' } });
  expect(optionsFor(settings)).toEqual({
    exemptions: EXEMPTIONS,
    exemptNamespaces: ['kube-node-lease', 'kube-public', 'kube-system', 'legacy'],
  });
});

test('leaves pods alone that operators make with power over nodes, and only where there are such', () => {
  const excluded = (changes = {}): unknown => {
    const policies = platformPolicies(settingsOf('prod', changes));
    const { spec } = policies.find(({ name }) => name === 'platform-controls-pod-bearing')!
      .binding as unknown as {
      spec: { matchResources: { namespaceSelector: { matchExpressions: { values: string[] }[] } } };
    };
    return spec.matchResources.namespaceSelector.matchExpressions[0]?.values.slice(3);
  };
  expect(excluded()).toEqual(['calico-system', 'velero']);
  expect(excluded({ 'platform:network.mode': 'off', 'platform:backup.nodeAgent': false })).toEqual([]);
});

test('is a policy and its binding for all controls on the same kinds that act alike, each control in one', () => {
  const settings = settingsOf('prod', { 'platform:security.controls': { 'no-privileged': 'advisory' } });
  const policies = platformPolicies(settings);
  const names = policies.map(({ name }) => name);
  expect([...names].sort()).toEqual([...new Set(enforced(settings).map(policyName))].sort());
  expect(names).toEqual(
    expect.arrayContaining(['platform-controls-pod-bearing', 'platform-controls-pod-bearing-advisory']),
  );
  for (const { binding, name, policy } of policies) {
    expect([policy.metadata?.name, binding.metadata?.name]).toEqual([name, name]);
    expect((binding.spec as { policyName: string }).policyName).toBe(name);
  }
  const validations = policies.flatMap(
    ({ policy }) => (policy.spec as { validations: { message: string }[] }).validations,
  );
  const ids = validations.map(({ message }) => message.split(':')[0]);
  expect(ids.sort()).toEqual([...ADMITTED].sort());
});

describe('the release that holds them', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'controls-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const place = async (changes = {}): Promise<{ digest: string | undefined; files: Map<string, Buffer> }> => {
    const { archive = '', digest } = (await placeControls('prod', settingsOf('prod', changes), folder)) ?? {};
    return { digest, files: unpackArchive(readFileSync(join(folder, archive))) };
  };

  test('is installed from its archive, under its digest, with its record beside that of the CRDs', async () => {
    const platform = await construct(settingsOf('prod'));
    const { inputs } = platform.one(':Release', 'platform-controls');
    expect(inputs).toMatchObject({
      chart: '.charts/platform-controls-test-1.0.0.tgz',
      description: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      namespace: 'kube-system',
      values: controlsValues(settingsOf('prod')),
    });
  });

  test('holds every policy and binding as they are', async () => {
    const { files } = await place();
    const held = [...files].flatMap(([path, text]) =>
      path.includes('/manifests/') ? [JSON.parse(text.toString()) as object] : [],
    );
    const expected = platformPolicies(settingsOf('prod')).flatMap(({ binding, policy }) => [policy, binding]);
    expect(held).toHaveLength(expected.length);
    expect(held).toEqual(expect.arrayContaining(expected));
  });

  test('has the same digest for the same settings, and another one for others', async () => {
    const [one, same] = [await place(), await place()];
    expect(same.digest).toBe(one.digest);
    const other = await place({ 'platform:security.controls': { 'no-privileged': 'advisory' } });
    expect(other.digest).not.toBe(one.digest);
  });

  test('says of each control what it does, the parameters that the stack sets, and which rule it is', () => {
    const values = (changes = {}): Record<string, { action: string; parameters?: object; rule: string }> =>
      controlsValues(settingsOf('prod', changes)).controls as never;
    const usual = values();
    expect(Object.keys(usual)).toEqual(ADMITTED);
    expect(usual['no-privileged']).toEqual({
      action: 'deny',
      rule: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    });
    const parameters = { 'required-labels': { labels: ['team'] } };
    const changed = values({
      'platform:security.controls': { 'no-host-path': 'advisory' },
      'platform:security.parameters': parameters,
    });
    const differing = ADMITTED.filter((id) => JSON.stringify(changed[id]) !== JSON.stringify(usual[id]));
    expect(differing.sort()).toEqual(['no-host-path', 'required-labels']);
    expect(changed['no-host-path']?.action).toBe('warn');
    expect(changed['required-labels']?.parameters).toEqual(parameters['required-labels']);
    expect(changed['required-labels']?.rule).not.toBe(usual['required-labels']?.rule);
  });
});

test('is none where Gatekeeper or nobody judges', async () => {
  for (const admission of ['gatekeeper', 'off']) {
    const settings = settingsOf('prod', { 'platform:policy.admission': admission });
    const other = await construct(settings);
    expect(other.ofType(':Release').map(({ name }) => name)).not.toContain('platform-controls');
    expect(await placeControls('prod', settings, '/nowhere')).toBeUndefined();
  }
});
