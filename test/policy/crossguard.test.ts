import { CONTROLS, OBJECT_CONTROLS } from '../../policy/catalogue';
import type { ObjectControl, Parameters } from '../../policy/control';
import { crossGuardPolicy } from '../../policy/crossguard';
import { type Exemption, Exemptions } from '../../policy/exemption';
import { EXEMPTIONS } from '../../policy/exemptions';
import { Inventory } from '../../policy/inventory';
import type { KubernetesObject } from '../../policy/objects';
import { container, pod, workload } from '../../policy/samples';
import { asked, UNKNOWN_TEXT } from './asked';

const TARGET = { helm: 'helm', project: '.', kubernetesVersion: '1.36' };
const PRIVILEGED = container({ name: 'bad', securityContext: { privileged: true } });

/** Judges a resource as the SDK would: its inputs behind the proxy that guards unknown values. */
async function validate(
  id: string,
  props: object,
  changes: Partial<ObjectControl> = {},
  config: object = {},
  type = 'kubernetes:core/v1:Pod',
  exemptions = new Exemptions([]),
): Promise<unknown[]> {
  const control = { ...OBJECT_CONTROLS.find((each) => each.id === id)!, ...changes };
  const policy = crossGuardPolicy(control, new Inventory(TARGET), exemptions);
  return asked(policy, [props], { parameters: config as Parameters, type });
}

it('has one policy for each control, under its id, with its severity, framework and cure', () => {
  const policies = CONTROLS.map((control) =>
    crossGuardPolicy(control, new Inventory(TARGET), new Exemptions([])),
  );
  expect(policies.map(({ name }) => name)).toEqual(CONTROLS.map(({ id }) => id));
  expect(policies.find(({ name }) => name === 'no-privileged')).toMatchObject({
    severity: 'critical',
    framework: { name: 'CIS Kubernetes Benchmark', version: '1.12', reference: '5.2.2' },
    tags: ['PSB-05', 'pss-baseline'],
    remediationSteps: OBJECT_CONTROLS.find(({ id }) => id === 'no-privileged')!.remediation,
  });
});

it('reports a denied object, and says nothing of an allowed one', async () => {
  expect(await validate('no-privileged', pod())).toEqual([]);
  expect(await validate('no-privileged', workload('Job', { containers: [PRIVILEGED] }))).toEqual([
    { message: expect.stringMatching(/^Job samples\/sample: container bad is privileged\./) as string },
  ]);
});

it.each([{ name: 'x', namespace: UNKNOWN_TEXT }, UNKNOWN_TEXT])(
  'no control fails by what is not known of an object: %j',
  async (metadata) => {
    const props = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' } };
    for (const { id } of OBJECT_CONTROLS) {
      const reports = (await validate(id, props, {}, {}, 'kubernetes:core/v1:ConfigMap')) as {
        message: string;
      }[];
      const others = reports.filter(({ message }) => !message.startsWith('undecided until the update: '));
      expect([id, others]).toEqual([id, []]);
    }
  },
);

it('reports each denied object of a list', async () => {
  const bad = pod({ containers: [PRIVILEGED] });
  const list = { apiVersion: 'v1', kind: 'List', items: [bad, pod(), bad] };
  expect(await validate('no-privileged', list)).toHaveLength(2);
});

it('takes parameters from the configuration, the others from the schema', async () => {
  const registries = ['ghcr.io/other'];
  expect(await validate('allowed-registries', pod(), {}, { enforcementLevel: 'mandatory' })).toEqual([]);
  expect(await validate('allowed-registries', pod(), {}, { registries })).toHaveLength(1);
});

it('says in an advisory line what is undecided, and judges the rest', async () => {
  const object: KubernetesObject = pod({ containers: [container({ image: UNKNOWN_TEXT })] });
  expect(await validate('allowed-registries', object)).toEqual([
    {
      message: 'undecided until the update: Pod samples/sample: spec.containers[0].image is not known yet',
      enforcementLevel: 'advisory',
    },
  ]);
  expect(await validate('resource-limits', object)).toEqual([
    { message: expect.stringContaining('has no memory limit') as string },
  ]);
  expect(await validate('no-privileged', object)).toEqual([]);
});

it('reports a control that cannot be evaluated as a violation, and does not fail', async () => {
  expect(await validate('no-privileged', pod(), { expression: 'object.nowhere' })).toEqual([
    { message: expect.stringMatching(/^control no-privileged could not be evaluated/) as string },
  ]);
});

it.each([
  ['a kind without a pod spec', { apiVersion: 'v1', kind: 'Service' }, 'kubernetes:core/v1:Service'],
  ['a resource of another provider', pod({ containers: [PRIVILEGED] }), 'random:index/randomId:RandomId'],
])('does not apply to %s', async (_title, props, type) => {
  expect(await validate('no-privileged', props, {}, {}, type)).toEqual([]);
});

describe('an exemption', () => {
  const exemption: Exemption = {
    controls: ['no-privileged'],
    object: { kind: 'Pod', namespace: 'samples', name: 'sample' },
    component: 'workloads',
    reason: 'It is a sample.',
    owner: 'platform',
    expires: '2030-06-30',
  };
  const bad = pod({ containers: [PRIVILEGED] });
  const at = async (
    time: string,
    object: KubernetesObject = bad,
    id = 'no-privileged',
  ): Promise<unknown[]> => {
    const exemptions = new Exemptions([exemption], { now: Date.parse(time) });
    return validate(id, object, {}, {}, undefined, exemptions);
  };

  it('keeps its control from its object, long before its end', async () => {
    expect(await at('2030-05-01T00:00:00Z')).toEqual([]);
  });

  it.each([
    ['2030-06-01T12:00:00Z', 'ends in 29 days, on 2030-06-30.'],
    ['2030-06-30T23:59:59Z', 'ends in 0 days, on 2030-06-30.'],
  ])('warns in its last days: on %s it %s', async (time, text) => {
    expect(await at(time)).toEqual([
      { message: expect.stringContaining(text) as string, enforcementLevel: 'advisory' },
    ]);
  });

  it('holds no more after its last day, and says so', async () => {
    expect(await at('2030-07-01T00:00:00Z')).toEqual([
      { message: expect.stringContaining('Its exemption ended on 2030-06-30.') as string },
    ]);
  });

  it.each([
    ['another name', { ...bad, metadata: { ...bad.metadata, name: 'other' } }],
    ['another namespace', { ...bad, metadata: { ...bad.metadata, namespace: 'other' } }],
    ['another kind', workload('Job', { containers: [PRIVILEGED] })],
  ])('does not hold for %s', async (_title, object) => {
    expect(await at('2030-05-01T00:00:00Z', object)).toHaveLength(1);
  });

  it('does not hold for another control', async () => {
    expect(await at('2030-05-01T00:00:00Z', pod({ hostPID: true }), 'no-host-namespaces')).toHaveLength(1);
  });

  it('of the platform says of each control and object once why', () => {
    const pairs = EXEMPTIONS.flatMap(({ controls, object }) =>
      controls.map((control) => `${control} ${JSON.stringify(object)}`),
    );
    expect(pairs.filter((pair, index) => pairs.indexOf(pair) !== index)).toEqual([]);
  });

  it('of the platform names controls that there are, an owner, a reason, and a day', () => {
    const ids = CONTROLS.map(({ id }) => id);
    for (const { controls, reason, owner, expires } of EXEMPTIONS) {
      expect(ids).toEqual(expect.arrayContaining([...controls]));
      expect(reason.length).toBeGreaterThan(20);
      expect(owner).not.toBe('');
      expect(new Date(`${expires}T00:00:00Z`).toISOString()).toBe(`${expires}T00:00:00.000Z`);
    }
  });
});
