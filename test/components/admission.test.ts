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
  expect(optionsFor(settings, 'deny')).toEqual({
    action: 'deny',
    exemptions: EXEMPTIONS,
    exemptNamespaces: ['kube-node-lease', 'kube-public', 'kube-system', 'legacy'],
  });
});

test('leaves pods alone that operators make with power over nodes, and only where there are such', async () => {
  const excluded = async (changes = {}): Promise<unknown> => {
    const platform = await construct(settingsOf('prod', changes));
    const { spec } = platform.one(':ValidatingAdmissionPolicyBinding', 'admission-no-privileged').inputs as {
      spec: { matchResources: { namespaceSelector: { matchExpressions: { values: string[] }[] } } };
    };
    return spec.matchResources.namespaceSelector.matchExpressions[0]?.values.slice(3);
  };
  expect(await excluded()).toEqual(['calico-system', 'velero']);
  expect(await excluded({ 'platform:network.mode': 'off', 'platform:backup.nodeAgent': false })).toEqual([]);
});

test('is two objects for each control, and none where Gatekeeper or nobody judges', async () => {
  const platform = await construct(settingsOf('prod'));
  for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']) {
    const made = platform.ofType(`:${kind}`).map(({ inputs }) => (inputs.metadata as { name: string }).name);
    expect(made.sort()).toEqual(ADMITTED.map((id) => policyName({ id })).sort());
  }
  for (const admission of ['gatekeeper', 'off']) {
    const other = await construct(settingsOf('prod', { 'platform:policy.admission': admission }));
    expect(other.ofType(':ValidatingAdmissionPolicy')).toEqual([]);
  }
});
