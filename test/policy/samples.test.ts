import { compile } from '../../policy/cel';
import { CONTROLS } from '../../policy/catalogue';
import type { Sample } from '../../policy/control';
import { isInGroup, POD_BEARING_KINDS, type KubernetesObject } from '../../policy/objects';
import { workload } from '../../policy/samples';
import { Subject } from '../../policy/subject';

const TEMPLATE_KINDS = POD_BEARING_KINDS.map((kind) => kind.split('/')[1]!).filter((kind) => kind !== 'Pod');

describe.each(CONTROLS.map((control) => [control.id, control] as const))('%s', (_id, control) => {
  const judge = compile(control);
  const { allowed, denied } = control.samples;
  const byTitle = (samples: readonly Sample[]) => samples.map((each) => [each.title, each] as const);

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

  it('has samples of its group, at least two of each verdict, each with a title of its own', () => {
    for (const samples of [allowed, denied]) {
      expect(samples.length).toBeGreaterThanOrEqual(2);
      expect(new Set(samples.map(({ title }) => title)).size).toBe(samples.length);
      expect(samples.filter(({ object }) => !isInGroup(object, control.match))).toEqual([]);
    }
  });

  it('gives a pod spec the same verdict in whatever kind carries it', () => {
    const pods = (samples: readonly Sample[]) =>
      samples.filter(({ object }) => object.kind === 'Pod' && object.spec);
    const verdicts = (samples: readonly Sample[], kind: string): string[] =>
      pods(samples).map(({ object, parameters }) => {
        const wrapped = {
          ...workload(kind, object.spec as Record<string, unknown>),
          metadata: object.metadata,
        };
        return judge(new Subject(wrapped as KubernetesObject), parameters).kind;
      });
    for (const kind of TEMPLATE_KINDS) {
      expect([kind, ...new Set(verdicts(allowed, kind))]).toEqual([kind, 'allowed']);
      expect([kind, ...new Set(verdicts(denied, kind))]).toEqual([kind, 'denied']);
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
});

it('no two controls cover the same row of the catalogue', () => {
  const rows = CONTROLS.flatMap(({ covers }) => covers);
  expect(new Set(rows).size).toBe(rows.length);
});
