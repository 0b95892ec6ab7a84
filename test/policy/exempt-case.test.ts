import { Environment } from '@marcbachmann/cel-js';
import { admissionPolicies, hasAdmissionTwin } from '../../policy/admission';
import { OBJECT_CONTROLS, STACK_CONTROLS } from '../../policy/catalogue';
import {
  type Control,
  type ObjectControl,
  parametersOf,
  type Parameters,
  type Sample,
} from '../../policy/control';
import { crossGuardPolicy } from '../../policy/crossguard';
import { type Exemption, Exemptions } from '../../policy/exemption';
import { constraintTemplate } from '../../policy/gatekeeper';
import { Inventory } from '../../policy/inventory';
import { describeObject, type KubernetesObject } from '../../policy/objects';
import { registerQuantities } from '../../policy/quantity';
import { Stack } from '../../policy/stack';
import { Subject, toCel } from '../../policy/subject';
import { asked } from './asked';

/** Of every control, the first object that it denies: exempt it passes, exactly it and from that control alone. */

const TARGET = { helm: 'no-helm', project: '.', kubernetesVersion: '1.36' };

/** The same object under another name; what a rule knows by its name, in another namespace. */
const another = ({ metadata, ...rest }: KubernetesObject): KubernetesObject => ({
  ...rest,
  metadata: { ...metadata, ...(metadata?.name === 'default' ? { namespace: 'other' } : { name: 'other' }) },
});

function exemptionOf({ kind, metadata }: KubernetesObject, control: string): Exemption {
  const { name = '', namespace } = (metadata ?? {}) as Record<string, string>;
  return {
    controls: [control],
    object: { kind, name, ...(namespace === undefined ? {} : { namespace }) },
    component: 'workloads',
    reason: 'It is a sample.',
    owner: 'platform',
    expires: '2999-12-31',
  };
}

/** What the pack reports of these objects, one resource of the program each. */
async function reported(
  control: Control,
  objects: readonly KubernetesObject[],
  exemptions: readonly Exemption[],
  parameters: Parameters = {},
): Promise<string[]> {
  const policy = crossGuardPolicy(control, new Inventory(TARGET), new Exemptions(exemptions));
  return (await asked(policy, objects, { parameters })).map(({ message }) => message);
}

const environment = registerQuantities(
  new Environment({ enableOptionalTypes: true, unlistedVariablesAreDyn: true }),
);

/** Whether the ValidatingAdmissionPolicy of a control, with whom it exempts, passes an object that somebody sends. */
function admits(
  control: ObjectControl,
  object: KubernetesObject,
  exemptions: Exemption[],
  parameters?: Parameters,
): unknown {
  const enforced = { control, action: 'deny' as const, ...(parameters ? { parameters } : {}) };
  const [made] = admissionPolicies([enforced], { exemptions });
  const { validations, variables } = made!.policy.spec as {
    validations: { expression: string }[];
    variables: { name: string; expression: string }[];
  };
  const subject = new Subject(object);
  const params = toCel(parametersOf(control, parameters));
  const origins = variables.find(({ name }) => name === 'origins')!.expression;
  const own = {
    origins: originsBy(origins, subject),
    [`params_${control.id.replaceAll('-', '_')}`]: params,
  };
  return environment.evaluate(validations[0]!.expression, {
    object: subject.object,
    variables: Object.create(null, {
      ...Object.getOwnPropertyDescriptors(subject.variables(params)),
      ...Object.getOwnPropertyDescriptors(own),
    }) as object,
  });
}

const SOMEBODY = { operation: 'CREATE', userInfo: { username: 'somebody', groups: [] } };

function originsBy(expression: string, { object }: Subject): unknown {
  return environment.evaluate(expression, { object, request: SOMEBODY });
}

/** Whether Gatekeeper's template of a control leaves an object out. */
function isLeftOut(control: ObjectControl, object: KubernetesObject, exemptions: Exemption[]): boolean {
  const { targets } = constraintTemplate(control, { exemptions }).spec as {
    targets: { code: { source: { matchCondition: { name: string; expression: string }[] } }[] }[];
  };
  const { matchCondition } = targets[0]!.code[0]!.source;
  const { expression } = matchCondition.find(({ name }) => name === 'not-exempt')!;
  return (
    environment.evaluate(expression, { object: new Subject(object).object, request: SOMEBODY }) === false
  );
}

const first = <T>({ denied }: { denied: readonly Sample<T>[] }): Sample<T> => denied[0]!;

describe.each(OBJECT_CONTROLS.map((control) => [control.id, control] as const))('%s', (id, control) => {
  const { object, parameters } = first(control.samples);
  const exemptions = [exemptionOf(object, id)];

  it('leaves exactly the exempt object alone', async () => {
    expect(await reported(control, [object], exemptions, parameters)).toEqual([]);
    expect(await reported(control, [object], [], parameters)).toHaveLength(1);
    expect(await reported(control, [another(object)], exemptions, parameters)).toHaveLength(1);
    expect(await reported(control, [object], [exemptionOf(object, 'another')], parameters)).toHaveLength(1);
  });

  if (hasAdmissionTwin(control)) {
    it('leaves exactly it alone on the cluster', () => {
      const verdicts = [object, another(object)].map((each) => admits(control, each, exemptions, parameters));
      expect(verdicts).toEqual([true, false]);
      expect([object, another(object)].map((each) => isLeftOut(control, each, exemptions))).toEqual([
        true,
        false,
      ]);
    });
  }
});

describe.each(STACK_CONTROLS.map((control) => [control.id, control] as const))('%s', (id, control) => {
  const { object: objects, parameters } = first(control.samples);

  it('leaves exactly the exempt object alone', async () => {
    const findings = control.judge(new Stack(objects), parametersOf(control, parameters));
    const [culprit] = findings.map((each) => each.object);
    const all = await reported(control, objects, [], parameters);
    const others = all.filter(
      (_, index) => describeObject(findings[index]!.object) !== describeObject(culprit!),
    );
    expect(all).toHaveLength(findings.length);
    expect(await reported(control, objects, [exemptionOf(culprit!, id)], parameters)).toEqual(others);
    for (const other of [exemptionOf(another(culprit!), id), exemptionOf(culprit!, 'another')])
      expect(await reported(control, objects, [other], parameters)).toEqual(all);
  });
});
