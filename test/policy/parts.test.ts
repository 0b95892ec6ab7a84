import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { calicoSelects, UNSURE } from '../../policy/parts/calico-selector';
import { grants as celGrants, isGranted, noRule, POWERS } from '../../policy/parts/rbac';
import { clusterRole, role, roleSamples, rule } from '../../policy/parts/role-samples';
import { contains, DEFAULT_TIER, permits, type Policy, type PolicyRule } from '../../policy/parts/traffic';
import { compile } from '../../policy/cel';
import { Subject } from '../../policy/subject';

describe('a selector of Calico', () => {
  const labels: Record<string, string> = { app: 'web', 'projectcalico.org/name': 'shop' };
  const labelOf = (label: string): string | undefined | typeof UNSURE =>
    label === 'unsure' ? UNSURE : labels[label];

  it.each<[string, boolean | undefined]>([
    ['all()', true],
    ['global()', false],
    ["app == 'web'", true],
    ['app == "web"', true],
    ["app=='api'", false],
    ["app != 'api'", true],
    ["tier != 'data'", true],
    ['has(app)', true],
    ['!has(tier)', true],
    ['has(projectcalico.org/name)', true],
    ["app in { 'web', 'api' }", true],
    ["app in {'api'}", false],
    ["app not in {'api'}", true],
    ["tier not in { 'data' }", true],
    ['app in {}', false],
    ["app starts with 'we'", true],
    ["app ends with 'b'", true],
    ["app contains 'e'", true],
    ["tier contains 'e'", false],
    ["has(tier) || app == 'web' && !has(other)", true],
    ["(has(tier) || app == 'web') && has(other)", false],
    ["!(app == 'web')", false],
    ['has(unsure)', undefined],
    ["unsure == 'a' || app == 'web'", true],
    ["unsure == 'a' && app == 'api'", false],
    ["unsure == 'a' && app == 'web'", undefined],
    ["!(unsure in {'a'})", undefined],
  ])('%s', (selector, selected) => {
    expect(calicoSelects(selector, labelOf)).toBe(selected);
  });

  it.each([
    'app',
    'app ==',
    'app == web',
    "app = 'web'",
    'has(app',
    'has()',
    "app == 'web' &&",
    "app == 'web' has(tier)",
    '?',
  ])('is none: %s', (text) => {
    expect(() => calicoSelects(text, labelOf)).toThrow(`no selector of Calico's: ${text}`);
  });
});

describe('policies of several tiers and orders', () => {
  const ruleThat = (action: PolicyRule['action']): PolicyRule => ({
    action,
    isNarrow: false,
    matches: () => true,
  });
  const policy = (tier: number, order: number, ...rules: PolicyRule[]): Policy => ({
    directions: ['egress'],
    selectsAll: true,
    selects: () => true,
    rules: () => rules,
    tier,
    order,
  });
  const [ALLOW, DENY, PASS] = [ruleThat('allow'), ruleThat('deny'), ruleThat('pass')];

  it.each<[string, Policy[], boolean]>([
    ['none permits everything', [], true],
    ['one without rules denies', [policy(DEFAULT_TIER, 1)], false],
    ['one of two allows', [policy(DEFAULT_TIER, 1), policy(DEFAULT_TIER, 2, ALLOW)], true],
    ['the lower order decides', [policy(DEFAULT_TIER, 2, ALLOW), policy(DEFAULT_TIER, 1, DENY)], false],
    ['the earlier tier decides', [policy(DEFAULT_TIER, 1, DENY), policy(0, 9, ALLOW)], true],
    ['an earlier tier without a word denies', [policy(DEFAULT_TIER, 1, ALLOW), policy(0, 1)], false],
    ['an earlier tier passes on', [policy(DEFAULT_TIER, 1, DENY), policy(0, 1, PASS)], false],
    ['the last tier passes on', [policy(DEFAULT_TIER, 1, PASS, DENY)], true],
  ])('%s', (_title, policies, permitted) => {
    const traffic = { peer: { address: '192.0.2.1' }, port: 80, protocol: 'TCP' } as const;
    expect(permits(policies, {}, 'egress', traffic)).toBe(permitted);
    expect(permits(policies, {}, 'ingress', traffic)).toBe(true);
  });

  it.each<[string, string, boolean]>([
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['::/0', 'fd00::1', true],
    ['0.0.0.0/0', 'fd00::1', false],
    ['10.0.0.0', '10.0.0.0', false],
    ['here/8', '10.0.0.0', false],
  ])('%s holds %s: %s', (block, address, held) => {
    expect(contains(block, address)).toBe(held);
  });
});

describe.each(Object.entries(POWERS))('the power to %s', (_power, grants) => {
  const judge = compile({ ...OBJECT_CONTROLS[0]!, ...noRule(celGrants(grants), []) });
  const { allowed, denied } = roleSamples(grants);

  it.each([...allowed, ...denied].map((each) => [each.title, each.object] as const))(
    'is the same to the graph of permissions and to the controls: %s',
    (_title, { rules }) => {
      const bare = clusterRole(...((rules ?? []) as Record<string, unknown>[]));
      const inGraph = (bare.rules as unknown[]).some((each) => isGranted(each, grants));
      expect(judge(new Subject(bare)).kind).toBe(inGraph ? 'denied' : 'allowed');
    },
  );
});

it('an object without a namespace is one of the namespace default to a list of names', () => {
  const { metadata, ...rest } = role(rule('', ['secrets'], ['get']));
  const object = { ...rest, metadata: { ...metadata, namespace: undefined } };
  const judge = compile(OBJECT_CONTROLS.find(({ id }) => id === 'no-role-reads-secrets')!);
  expect(judge(new Subject(object), { allow: ['default/sample'] })).toEqual({ kind: 'allowed' });
  expect(judge(new Subject(object), { allow: ['/sample', 'samples/sample'] })).toMatchObject({
    kind: 'denied',
  });
});
