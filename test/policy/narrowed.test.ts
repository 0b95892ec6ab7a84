import type { ResourceValidationPolicy } from '@pulumi/policy';
import {
  AnalyzeRequest,
  AnalyzerResourceOptions,
  type AnalyzeResponse,
} from '@pulumi/pulumi/proto/analyzer_pb';
import { Struct, type JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb';
import { CONTROLS, OBJECT_CONTROLS } from '../../policy/catalogue';
import { crossGuardPolicy, type Requested } from '../../policy/crossguard';
import { Exemptions } from '../../policy/exemption';
import { Inventory } from '../../policy/inventory';
import { matches } from '../../policy/objects';
import { RELEASE_TYPE } from '../../policy/release';

type Policy = ResourceValidationPolicy & { concerns?: (requested: Requested) => boolean };
type Handler = (
  call: { request: AnalyzeRequest },
  answer: (error: unknown, response?: AnalyzeResponse) => void,
) => void;

// eslint-disable-next-line @typescript-eslint/no-require-imports
const { narrowing } = require('../../policy/narrowed.js') as {
  narrowing: (name: string, version: string, level: string, policies: Policy[]) => Handler;
};

const inventory = new Inventory({ helm: 'none', project: '.', kubernetesVersion: undefined });
const exemptions = new Exemptions([], { expired: 'refuse' });
const policies = CONTROLS.map((control) => crossGuardPolicy(control, inventory, exemptions) as Policy);

it('no control is left out of what it judges', () => {
  const objects = OBJECT_CONTROLS.flatMap(({ samples }) => [...samples.allowed, ...samples.denied]).map(
    ({ object }) => object,
  );
  expect(objects.length).toBeGreaterThan(1000);
  const left = OBJECT_CONTROLS.flatMap((control) => {
    const { concerns } = crossGuardPolicy(control, inventory, exemptions) as Required<Policy>;
    return objects.filter((object) => {
      const { apiVersion, kind } = object;
      return (
        matches(object, control.match) &&
        !concerns({ type: `kubernetes:${apiVersion}:${kind}`, apiVersion, kind })
      );
    });
  });
  expect(left).toEqual([]);
});

describe('a resource', () => {
  /** Names of the policies that are asked about one. */
  const askedOf = async (type: string, props: Record<string, JavaScriptValue>): Promise<string[]> => {
    const asked: string[] = [];
    const noting = policies
      .filter((policy) => 'validateResource' in policy)
      .map((policy) => ({ ...policy, validateResource: () => void asked.push(policy.name) }));
    const request = new AnalyzeRequest();
    request.setType(type);
    request.setUrn(`urn:pulumi:test::platform::${type}::one`);
    request.setProperties(Struct.fromJavaScript(props));
    request.setOptions(new AnalyzerResourceOptions());
    await new Promise((resolve, reject) => {
      narrowing(
        'pack',
        '1.0.0',
        'mandatory',
        noting,
      )({ request }, (error, response) => {
        if (error instanceof Error) reject(error);
        else resolve(response);
      });
    });
    return asked;
  };
  const all = policies.filter((policy) => 'validateResource' in policy).length;
  const namespace = 'kubernetes:core/v1:Namespace';

  it('is asked of by the controls that judge its kind', async () => {
    const asked = await askedOf(namespace, { apiVersion: 'v1', kind: 'Namespace' });
    expect(asked).toEqual(expect.arrayContaining(['pod-security-labels', 'protected-state']));
    expect(asked).not.toContain('allowed-registries');
    expect(asked.length).toBeLessThan(20);
    // What the type says does not count: the object does.
    expect(await askedOf(namespace, { apiVersion: 'v1', kind: 'Pod' })).toContain('allowed-registries');
  });

  it.each([
    ['that does not say it plainly', namespace, { apiVersion: 'v1', kind: { secret: 'Pod' } }],
    ['that is a list', 'kubernetes:core/v1:List', { apiVersion: 'v1', kind: 'List' }],
    ['of a state', namespace, { apiVersion: 'v1', kind: 'Namespace', __inputs: { kind: 'Pod' } }],
  ])('%s is asked of by every object control', async (_, type, props) => {
    expect(await askedOf(type, props)).toEqual(expect.arrayContaining(OBJECT_CONTROLS.map(({ id }) => id)));
  });

  it('that is a release is asked of by all, and one of another provider by none', async () => {
    expect(await askedOf(RELEASE_TYPE, { chart: './a.tgz' })).toHaveLength(all);
    expect(await askedOf('random:index/randomPassword:RandomPassword', {})).toEqual([]);
  });
});
