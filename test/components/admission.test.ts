import { hasAdmissionTwin, policyName } from '../../policy/admission';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { EXEMPTIONS } from '../../policy/exemptions';
import { ROLLOUT } from '../../policy/rollout';
import { enforced, optionsFor } from '../../components/policy/admission';
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
  const settings = settingsOf('prod', { 'platform:policy.exemptNamespaces': ['legacy'] });
  expect(optionsFor(settings)).toEqual({
    exemptions: EXEMPTIONS,
    exemptNamespaces: ['kube-node-lease', 'kube-public', 'kube-system', 'legacy'],
  });
});

test('leaves pods alone that operators make with power over nodes, and only where there are such', async () => {
  const excluded = async (changes = {}): Promise<unknown> => {
    const platform = await construct(settingsOf('prod', changes));
    const { spec } = platform.one(':ValidatingAdmissionPolicyBinding', 'platform-pod-bearing').inputs as {
      spec: { matchResources: { namespaceSelector: { matchExpressions: { values: string[] }[] } } };
    };
    return spec.matchResources.namespaceSelector.matchExpressions[0]?.values.slice(3);
  };
  expect(await excluded()).toEqual(['calico-system', 'velero']);
  expect(await excluded({ 'platform:network.mode': 'off', 'platform:backup.nodeAgent': false })).toEqual([]);
});

test('is a policy and its binding for all controls on the same kinds that act alike, each control in one', async () => {
  const settings = settingsOf('prod', { 'platform:security.controls': { 'no-privileged': 'advisory' } });
  const platform = await construct(settings);
  const names = (kind: string): string[] =>
    platform
      .ofType(`:${kind}`)
      .map(({ inputs }) => (inputs.metadata as { name: string }).name)
      .sort();
  const policies = names('ValidatingAdmissionPolicy');
  expect(policies).toEqual([...new Set(enforced(settings).map(policyName))].sort());
  expect(policies).toEqual(expect.arrayContaining(['platform-pod-bearing', 'platform-pod-bearing-advisory']));
  expect(names('ValidatingAdmissionPolicyBinding')).toEqual(policies);
  const validations = platform
    .ofType(':ValidatingAdmissionPolicy')
    .flatMap(({ inputs }) => (inputs.spec as { validations: { message: string }[] }).validations);
  const ids = validations.map(({ message }) => message.split(':')[0]);
  expect(ids.sort()).toEqual([...ADMITTED].sort());
});

test('is none where Gatekeeper or nobody judges', async () => {
  for (const admission of ['gatekeeper', 'off']) {
    const other = await construct(settingsOf('prod', { 'platform:policy.admission': admission }));
    expect(other.ofType(':ValidatingAdmissionPolicy')).toEqual([]);
  }
});
