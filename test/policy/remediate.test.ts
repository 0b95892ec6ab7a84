import { Struct } from 'google-protobuf/google/protobuf/struct_pb';
import * as server from '@pulumi/policy/server';
import {
  AnalyzeRequest,
  AnalyzerResourceOptions,
  type RemediateResponse,
} from '@pulumi/pulumi/proto/analyzer_pb';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { crossGuardPolicy } from '../../policy/crossguard';
import { Exemptions } from '../../policy/exemption';
import { Inventory } from '../../policy/inventory';
import type { KubernetesObject } from '../../policy/objects';
import { RELEASE_TYPE } from '../../policy/release';
import { container, pod, workload } from '../../policy/samples';

/** The SDK's own way from the engine's request to its answer, with secrets and unknown values as the engine sends them. */
const TARGET = { helm: 'helm', project: '.', kubernetesVersion: '1.36' };
const UNKNOWN_TEXT = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const secret = (value: unknown): object => ({ [SIGNATURE]: '1b47061264138c4ac30d75fd1eb44270', value });

/** Exported without its type. */
const { makeRemediateRpcFun } = server as unknown as {
  makeRemediateRpcFun: (
    pack: string,
    version: string,
    level: string,
    policies: object[],
  ) => (
    call: { request: AnalyzeRequest },
    answer: (error: Error | null, value: RemediateResponse) => void,
  ) => void;
};

async function remediate(
  props: object,
  ids = ['no-privileged'],
  { type = 'kubernetes:apps/v1:Deployment', exemptions = new Exemptions([]) } = {},
): Promise<Record<string, unknown>[]> {
  const controls = OBJECT_CONTROLS.filter(({ id }) => ids.includes(id));
  const policies = controls.map((control) => ({
    ...crossGuardPolicy(control, new Inventory(TARGET), exemptions),
    enforcementLevel: 'remediate' as const,
  }));
  const request = new AnalyzeRequest();
  request.setType(type);
  request.setUrn(`urn:pulumi:test::platform::${type}::sample`);
  request.setName('sample');
  request.setOptions(new AnalyzerResourceOptions());
  request.setProperties(Struct.fromJavaScript(props as Parameters<typeof Struct.fromJavaScript>[0]));
  const response = await new Promise<RemediateResponse>((done, fail) => {
    const answer = (error: Error | null, value: RemediateResponse): void =>
      error ? fail(error) : done(value);
    makeRemediateRpcFun('platform', '1.0.0', 'mandatory', policies)({ request }, answer);
  });
  return response.getRemediationsList().map((each) => {
    expect(each.getDiagnostic()).toBe('');
    return each.getProperties()?.toJavaScript() ?? {};
  });
}

const bad = container({ name: 'bad', securityContext: { privileged: true } });
const mended = container({ name: 'bad', securityContext: { privileged: false } });

it('mends a typed resource, and hands on all else as it was', async () => {
  const env = [{ name: 'PASSWORD', value: secret('hidden') }];
  const others = { env, image: UNKNOWN_TEXT, resources: null };
  const deployment = (fields: object): KubernetesObject =>
    workload('Deployment', { hostname: UNKNOWN_TEXT, containers: [{ ...fields, ...others }, container()] });
  expect(await remediate(deployment(bad))).toEqual([deployment(mended)]);
});

it('mends what is in a secret, and keeps it one', async () => {
  const object = (fields: object): object => ({ ...pod(), spec: secret({ containers: [fields] }) });
  expect(await remediate(object(bad))).toEqual([object(mended)]);
});

it('mends by one control after the other', async () => {
  const object = pod({ hostPID: true, containers: [bad] });
  const both = await remediate(object, ['no-host-namespaces', 'no-privileged']);
  expect(both).toEqual([
    pod({ hostPID: false, containers: [bad] }),
    pod({ hostPID: false, containers: [mended] }),
  ]);
});

const exemption = {
  controls: ['no-privileged'],
  object: { kind: 'Pod', namespace: 'samples', name: 'sample' },
  component: 'workloads',
  reason: 'It is a sample.',
  owner: 'platform',
  expires: '2030-06-30',
};

it.each([
  ['what keeps to the control', pod(), {}],
  ['another kind', { apiVersion: 'v1', kind: 'Service' }, {}],
  ['what is of another provider', pod({ containers: [bad] }), { type: 'random:index/randomId:RandomId' }],
  ['a release, which is judged by what it renders', { chart: './a.tgz', name: 'a' }, { type: RELEASE_TYPE }],
  [
    'a list, whose items no cure reaches',
    { apiVersion: 'v1', kind: 'List', items: [pod({ containers: [bad] })] },
    {},
  ],
  ['what is undecided yet', pod({ containers: [container({ securityContext: UNKNOWN_TEXT })] }), {}],
  [
    'what is exempt',
    pod({ containers: [bad] }),
    { exemptions: new Exemptions([exemption], { now: Date.parse('2030-05-01T00:00:00Z') }) },
  ],
  [
    'what is exempt for a few days more',
    pod({ containers: [bad] }),
    { exemptions: new Exemptions([exemption], { now: Date.parse('2030-06-20T00:00:00Z') }) },
  ],
])('leaves alone %s', async (_title, object, options) => {
  expect(await remediate(object, ['no-privileged'], options)).toEqual([]);
});

it('does nothing where a control has no cure', async () => {
  expect(await remediate(pod({ containers: [bad] }), ['non-root'])).toEqual([]);
});
