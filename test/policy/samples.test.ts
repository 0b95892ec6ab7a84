import { compile, findCulprits } from '../../policy/cel';
import { CONTROLS, OBJECT_CONTROLS, RESOURCE_CONTROLS, STACK_CONTROLS } from '../../policy/catalogue';
import { parametersOf, type Control, type Sample } from '../../policy/control';
import { matches, POD_BEARING_KINDS, type KubernetesObject } from '../../policy/objects';
import { workload } from '../../policy/samples';
import { Stack } from '../../policy/stack';
import { Subject } from '../../policy/subject';

const TEMPLATE_KINDS = POD_BEARING_KINDS.map((kind) => kind.split('/')[1]!).filter((kind) => kind !== 'Pod');

const byId = <T extends Control>(controls: readonly T[]) =>
  controls.map((control) => [control.id, control] as const);
const byTitle = <T>(samples: readonly Sample<T>[]) => samples.map((each) => [each.title, each] as const);

describe.each(byId(OBJECT_CONTROLS))('%s', (_id, control) => {
  const judge = compile(control);
  const { allowed, denied } = control.samples;

  it.each(byTitle(allowed))('allows: %s', (_title, { object, parameters }) => {
    expect(judge(new Subject(object), parameters)).toEqual({ kind: 'allowed' });
  });

  it.each(byTitle(denied))('denies: %s', (_title, { object, parameters }) => {
    const verdict = judge(new Subject(object), parameters);
    expect(verdict).toMatchObject({ kind: 'denied' });
    const { message } = verdict as { message: string };
    expect(message.startsWith(`${object.kind} `)).toBe(true);
    expect(message.endsWith(`. ${control.remediation}`)).toBe(true);
    // The message of its own could be made, too.
    expect(message).not.toContain(control.title);
  });

  if (control.culprits !== undefined) {
    it('tells of its culprits, one by one, what its message tells of all', () => {
      const told = denied.filter(({ object, parameters }) => {
        const subject = new Subject(object);
        const { message } = judge(subject, parameters) as { message: string };
        const culprits = findCulprits(control)(subject, parameters);
        const all = culprits.map(
          ({ container, found }) => `${container === '' ? 'the pod' : `container ${container}`} ${found}`,
        );
        if (all.length > 0)
          expect(message).toBe(`${subject.name}: ${all.join(', ')}. ${control.remediation}`);
        return all.length > 0;
      });
      expect(told).not.toEqual([]);
    });
  }

  it('has samples of its kinds, of each verdict', () => {
    for (const samples of [allowed, denied]) {
      expect(samples.filter(({ object }) => !matches(object, control.match))).toEqual([]);
    }
  });

  const judgesPods = control.match.includes('podBearing');

  if (judgesPods) {
    it('gives a pod spec the same verdict in whatever kind carries it', () => {
      for (const kind of TEMPLATE_KINDS) {
        expect([kind, ...new Set(verdictsIn(kind, allowed))]).toEqual([kind, 'allowed']);
        expect([kind, ...new Set(verdictsIn(kind, denied))]).toEqual([kind, 'denied']);
      }
    });

    it('has a denied sample inside a workload, and init and ephemeral containers where it judges them', () => {
      expect(denied.map(({ object }) => object.kind).filter((kind) => kind !== 'Pod')).not.toEqual([]);
      const json = JSON.stringify(denied);
      const judged = (list: string): boolean => control.expression.includes(list);
      if (judged('variables.containers') || judged('variables.plannedContainers'))
        expect(json).toContain('initContainers');
      if (judged('variables.containers')) expect(json).toContain('ephemeralContainers');
    });
  }

  /** Verdicts on the samples that are Pods, each with its spec in another kind. */
  function verdictsIn(kind: string, samples: readonly Sample[]): string[] {
    return samples
      .filter(({ object }) => object.kind === 'Pod' && object.spec)
      .map(({ object, parameters }) => {
        const wrapped = wrap(object, kind);
        return judge(new Subject(wrapped), parameters).kind;
      });
  }

  if (control.fix) {
    it('mends every denied sample, and changes an allowed one in nothing', () => {
      for (const { object, parameters } of denied) {
        const copy = structuredClone(object);
        control.fix!(copy, parametersOf(control, parameters));
        expect(judge(new Subject(copy), parameters)).toEqual({ kind: 'allowed' });
      }
      for (const { object, parameters } of allowed) {
        const copy = structuredClone(object);
        control.fix!(copy, parametersOf(control, parameters));
        expect(copy).toEqual(object);
      }
    });
  }
});

/** A Pod's spec, and the metadata of its pods, in an object of another kind. */
function wrap({ metadata, spec }: KubernetesObject, kind: string): KubernetesObject {
  const { annotations, labels } = metadata ?? {};
  const wrapped = workload(kind, spec as Record<string, unknown>, {
    ...(annotations ? { annotations } : {}),
    ...(labels ? { labels } : {}),
  });
  return { ...wrapped, metadata } as KubernetesObject;
}

describe.each(byId(STACK_CONTROLS))('%s', (_id, control) => {
  const { allowed, denied } = control.samples;

  it.each(byTitle(allowed))('allows: %s', (_title, { object, parameters }) => {
    expect(control.judge(new Stack(object), parametersOf(control, parameters))).toEqual([]);
  });

  it.each(byTitle(denied))('denies: %s', (_title, { object, parameters }) => {
    const findings = control.judge(new Stack(object), parametersOf(control, parameters));
    expect(findings).not.toEqual([]);
    for (const { found, object: culprit } of findings) {
      expect(found).not.toMatch(/\.$|undefined|\[object/);
      expect(culprit.kind).toBeTruthy();
    }
  });
});

describe.each(byId(RESOURCE_CONTROLS))('%s', (_id, control) => {
  const { allowed, denied } = control.samples;

  it.each(byTitle(allowed))('allows: %s', (_title, { object, parameters }) => {
    expect(control.judge(object, parametersOf(control, parameters))).toBeUndefined();
  });

  it.each(byTitle(denied))('denies: %s', (_title, { object, parameters }) => {
    expect(control.judge(object, parametersOf(control, parameters))).toMatch(
      /^(?!.*(undefined|\[object)).*[^.]$/,
    );
  });
});

describe.each(byId(CONTROLS))('%s is documented:', (id, control) => {
  it('a name in kebab-case, a title that is a sentence, a reason and a cure', () => {
    expect(id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    // As the name of a constraint template it stays within Kubernetes' limit.
    expect(id.length).toBeLessThanOrEqual(50);
    expect(control.title).toMatch(/^[A-Z].*[^.]$/);
    expect(control.why).toMatch(/^[A-Z].*\.$/);
    expect(control.remediation).toMatch(/^[A-Z].*\.$/);
    expect(control.covers).not.toEqual([]);
  });

  it('at least two samples of each verdict, each with a title of its own', () => {
    for (const samples of [control.samples.allowed, control.samples.denied]) {
      expect(samples.length).toBeGreaterThanOrEqual(2);
      expect(new Set(samples.map(({ title }) => title)).size).toBe(samples.length);
    }
  });
});

it('no two controls have one id, or in one scope cover the same row of the catalogue', () => {
  // A row may ask for a rule on each object and for one on all of them.
  const rows = CONTROLS.flatMap(({ covers, scope }) => covers.map((row) => `${row} on ${scope}`));
  for (const names of [CONTROLS.map(({ id }) => id), rows]) {
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  }
});
