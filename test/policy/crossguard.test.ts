import { unknownCheckingProxy, type ResourceValidation, type ResourceValidationArgs } from '@pulumi/policy';
import { CONTROLS } from '../../policy/catalogue';
import type { Control } from '../../policy/control';
import { crossGuardPolicy } from '../../policy/crossguard';
import type { KubernetesObject } from '../../policy/objects';
import { container, pod, workload } from '../../policy/samples';

/** The engine's stand-in for a text that is not known before the update. */
const UNKNOWN_TEXT = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
/** The SDK exports it without its type. */
const guard = unknownCheckingProxy as unknown as (inputs: object) => Record<string, unknown>;
const PRIVILEGED = container({ name: 'bad', securityContext: { privileged: true } });

interface Outcome {
  reports: unknown[];
  notApplicable: boolean;
}

/** Judges a resource as the SDK would: its inputs behind the proxy that guards unknown values. */
function validate(
  id: string,
  props: object,
  changes: Partial<Control> = {},
  config: object = {},
  type = 'kubernetes:core/v1:Pod',
): Outcome {
  const policy = crossGuardPolicy({ ...CONTROLS.find((each) => each.id === id)!, ...changes });
  const outcome: Outcome = { reports: [], notApplicable: false };
  const args = {
    type,
    props: guard(props),
    getConfig: () => config,
    notApplicable: () => {
      outcome.notApplicable = true;
      throw new Error('not applicable');
    },
  } as unknown as ResourceValidationArgs;
  try {
    void (policy.validateResource as ResourceValidation)(args, (report) => outcome.reports.push(report));
  } catch (error) {
    if (!outcome.notApplicable) throw error;
  }
  return outcome;
}

it('has one policy for each control, under its id, with its severity, framework and cure', () => {
  const policies = CONTROLS.map(crossGuardPolicy);
  expect(policies.map(({ name }) => name)).toEqual([
    'allowed-registries',
    'no-host-namespaces',
    'no-privileged',
    'non-root',
    'read-only-root-filesystem',
    'required-labels',
    'resource-limits',
  ]);
  expect(policies[2]).toMatchObject({
    severity: 'critical',
    framework: { name: 'CIS Kubernetes Benchmark', version: '1.12', reference: '5.2.2' },
    tags: ['PSB-05', 'pss-baseline'],
    remediationSteps: CONTROLS[2]!.remediation,
  });
});

it('reports a denied object, and says nothing of an allowed one', () => {
  expect(validate('no-privileged', pod()).reports).toEqual([]);
  expect(validate('no-privileged', workload('Job', { containers: [PRIVILEGED] })).reports).toEqual([
    { message: expect.stringMatching(/^Job samples\/sample: container bad is privileged\./) as string },
  ]);
});

it('reports each denied object of a list', () => {
  const bad = pod({ containers: [PRIVILEGED] });
  const list = { apiVersion: 'v1', kind: 'List', items: [bad, pod(), bad] };
  expect(validate('no-privileged', list).reports).toHaveLength(2);
});

it('takes parameters from the configuration, the others from the schema', () => {
  const registries = ['ghcr.io/other'];
  expect(validate('allowed-registries', pod(), {}, { enforcementLevel: 'mandatory' }).reports).toEqual([]);
  expect(validate('allowed-registries', pod(), {}, { registries }).reports).toHaveLength(1);
});

it('says in an advisory line what is undecided, and judges the rest', () => {
  const object: KubernetesObject = pod({ containers: [container({ image: UNKNOWN_TEXT })] });
  expect(validate('allowed-registries', object).reports).toEqual([
    {
      message: 'undecided until the update: Pod samples/sample: spec.containers[0].image is not known yet',
      enforcementLevel: 'advisory',
    },
  ]);
  expect(validate('resource-limits', object).reports).toEqual([
    { message: expect.stringContaining('has no memory limit') as string },
  ]);
  expect(validate('no-privileged', object).reports).toEqual([]);
});

it('reports a control that cannot be evaluated as a violation, and does not fail', () => {
  expect(validate('no-privileged', pod(), { expression: 'object.nowhere' }).reports).toEqual([
    { message: expect.stringMatching(/^control no-privileged could not be evaluated/) as string },
  ]);
});

it.each([
  ['a kind without a pod spec', { apiVersion: 'v1', kind: 'Service' }, 'kubernetes:core/v1:Service'],
  ['a Helm release', { chart: 'falco', values: { kind: 'Pod' } }, 'kubernetes:helm.sh/v3:Release'],
  ['a resource of another provider', pod({ containers: [PRIVILEGED] }), 'random:index/randomId:RandomId'],
])('does not apply to %s', (_title, props, type) => {
  expect(validate('no-privileged', props, {}, {}, type)).toEqual({ reports: [], notApplicable: true });
});
