import { CONTROLS, RESOURCE_CONTROLS, STACK_CONTROLS } from '../../policy/catalogue';
import type { Control, Parameters, ProgramResource } from '../../policy/control';
import { crossGuardPolicy, exemptionPolicy, renderingPolicy } from '../../policy/crossguard';
import { Exemptions } from '../../policy/exemption';
import { Inventory } from '../../policy/inventory';
import { resourceFault } from '../../policy/judge';
import type { KubernetesObject } from '../../policy/objects';
import { RELEASE_TYPE } from '../../policy/release';
import { judgeStack, type Reported } from '../../policy/report';
import { pod, release, workload } from '../../policy/samples';
import { Stack } from '../../policy/stack';
import { UNKNOWN } from '../../policy/subject';
import { asked, UNKNOWN_TEXT } from './asked';

/** Whatever of a sample is not known yet, its verdict is the same, or open: what a rule did not read did not matter. */

type Path = readonly string[];

/** Where a value is that is no object, below those that are left as they are. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

function without<T>(value: T, paths: readonly Path[]): T {
  const copy = copyOf(value) as T;
  for (const path of paths) {
    const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], copy);
    (parent as Record<string, unknown>)[path.at(-1)!] = UNKNOWN;
  }
  return copy;
}

/** `structuredClone` takes no symbols. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]));
}

const NEEDED = ['apiVersion', 'kind'];

describe.each(STACK_CONTROLS.map((control) => [control.id, control] as const))('%s', (_id, control) => {
  const samples = [...control.samples.allowed, ...control.samples.denied];
  const judged = (objects: readonly KubernetesObject[], parameters?: Parameters): string[] =>
    judgeStack(control, new Stack(objects), parameters).map(({ kind, message }) => `${kind} ${message}`);
  const kindOf = (text: string): string => text.slice(0, text.indexOf(' '));
  const paths = (objects: readonly KubernetesObject[]): Path[] =>
    leaves(objects).filter((path) => path.length > 2 || !NEEDED.includes(path.at(-1)!));

  it('is undecided by what it reads, and by nothing else', () => {
    for (const { object, parameters } of samples) {
      const known = judged(object, parameters);
      const all = paths(object);
      for (const unknown of [...all.map((path) => [path]), all]) {
        const found = judged(without(object, unknown), parameters);
        if (/^undecided .* is not known yet$/.test(found[0] ?? '')) expect(found).toHaveLength(1);
        else if (unknown.length === 1) expect([unknown, found]).toEqual([unknown, known]);
        else expect(found.map(kindOf)).toEqual(known.map(kindOf));
      }
    }
  });
});

describe.each(RESOURCE_CONTROLS.map((control) => [control.id, control] as const))('%s', (_id, control) => {
  const samples = [...control.samples.allowed, ...control.samples.denied];
  const judged = (resource: ProgramResource, parameters: Parameters = {}): string => {
    const fault = resourceFault(control, resource, parameters);
    return fault ? `${fault.kind} ${fault.message}` : 'allowed';
  };

  it('is undecided by what it reads, and by nothing else', () => {
    for (const { object, parameters } of samples) {
      const paths = leaves(object).filter(([first]) => first === 'inputs' || first === 'provider');
      const known = judged(object, parameters);
      for (const unknown of [...paths.map((path) => [path]), paths]) {
        const found = judged(without(object, unknown), parameters);
        if (!/^undecided \w+ \S+: .* is not known yet$/.test(found))
          expect([unknown, found]).toEqual([unknown, known]);
      }
    }
  });
});

describe('the pack', () => {
  const control = (id: string): Control => CONTROLS.find((each) => each.id === id)!;
  const inventory = (): Inventory =>
    new Inventory({ helm: 'no-helm', project: '.', kubernetesVersion: '1.36' });
  const said = (id: string, inputs: object[], known = inventory(), type?: string): Promise<Reported[]> =>
    asked(crossGuardPolicy(control(id), known, new Exemptions([])), inputs, type ? { type } : {});
  const scaled = (replicas: unknown): KubernetesObject => {
    const base = workload('Deployment');
    return { ...base, spec: { ...(base.spec as object), replicas } };
  };

  it('says what a rule on the stack hangs on, leaves the others alone, and judges once it is known', async () => {
    expect(await said('disruption-budget', [scaled(UNKNOWN_TEXT)])).toEqual([
      {
        message: 'undecided until the update: Deployment samples/sample: spec.replicas is not known yet',
        enforcementLevel: 'advisory',
      },
    ]);
    expect(await said('isolated-pods', [scaled(UNKNOWN_TEXT)])).toEqual(
      await said('isolated-pods', [scaled(3)]),
    );
    expect(await said('disruption-budget', [scaled(3)])).toEqual([
      { message: expect.stringContaining('no PodDisruptionBudget selects its pods') as string },
    ]);
  });

  it('says what a rule on a resource hangs on, and judges once it is known', async () => {
    const history = (maxHistory: unknown): Promise<Reported[]> =>
      said('bounded-history', [release({ maxHistory }).inputs], undefined, RELEASE_TYPE);
    expect(await history(UNKNOWN_TEXT)).toEqual([
      {
        message: 'undecided until the update: Release 0: maxHistory is not known yet',
        enforcementLevel: 'advisory',
      },
    ]);
    expect(await history(11)).toEqual([
      { message: expect.stringContaining('it keeps 11 revisions') as string },
    ]);
  });

  it('tells of a credential in the known values of a release, whatever is not known beside it', async () => {
    const found = (values: object): Promise<Reported[]> =>
      said('no-credentials-in-values', [release({ values }).inputs], undefined, RELEASE_TYPE);
    expect(await found({ list: [UNKNOWN_TEXT, { token: 'hunter2' }], user: UNKNOWN_TEXT })).toEqual([
      { message: expect.stringContaining('credentials in list[1].token') as string },
    ]);
    expect(await found({ token: UNKNOWN_TEXT })).toEqual([
      {
        message: 'undecided until the update: Release 0: values.token is not known yet',
        enforcementLevel: 'advisory',
      },
    ]);
  });

  it('takes nothing for missing while a release may hold it that can be rendered only later', async () => {
    const known = inventory();
    const unrendered = { name: 'late', chart: UNKNOWN_TEXT };
    await asked(renderingPolicy(known), [unrendered], { type: RELEASE_TYPE });
    expect(await said('disruption-budget', [scaled(3)], known)).toEqual([
      {
        message: expect.stringMatching(/^undecided until the update: .*no PodDisruptionBudget/) as string,
        enforcementLevel: 'advisory',
      },
    ]);
  });

  it('takes no exemption for unneeded while an object may be the one', async () => {
    const exemption = {
      controls: ['no-privileged'],
      object: { kind: 'Pod', namespace: 'samples', name: 'sample' },
      component: 'network',
      reason: 'a sample',
      owner: 'platform',
      expires: '2999-12-31',
    };
    const policy = exemptionPolicy(inventory(), new Exemptions([exemption]), () => true);
    const named = (name: string): object => ({ ...pod(), metadata: { namespace: 'samples', name } });
    expect(await asked(policy, [named(UNKNOWN_TEXT)])).toMatchObject([
      { message: expect.stringMatching(/metadata.name is not known yet/) as string },
    ]);
    expect(await asked(policy, [named('sample')])).toEqual([]);
    expect(await asked(policy, [named('other')])).toHaveLength(1);
  });
});
