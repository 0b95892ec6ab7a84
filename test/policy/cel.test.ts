import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { compile, type Verdict } from '../../policy/cel';
import type { ObjectControl } from '../../policy/control';
import type { KubernetesObject } from '../../policy/objects';
import { container, pod, workload } from '../../policy/samples';
import { Subject, UNKNOWN } from '../../policy/subject';

function control(id: string): ObjectControl {
  return OBJECT_CONTROLS.find((each) => each.id === id)!;
}

function judge(id: string, object: KubernetesObject, changes: Partial<ObjectControl> = {}): Verdict {
  return compile({ ...control(id), ...changes })(new Subject(object));
}

describe('a broken control', () => {
  it.each([
    ['does not parse', 'variables.containers.all(c, '],
    ['names a variable that is not there', 'containers.all(c, true)'],
    ['does not type-check', '1 + "a" == 2'],
    ['fails on the object', "object.spec.nowhere == 'a'"],
    ['compares what cannot be compared', 'object.metadata.name < 1'],
    ['gives no boolean', 'object.metadata.name'],
    ['reads a parameter that it does not have', 'variables.params.nowhere == 1'],
  ])('is a violation that names it, when it %s', (_title, expression) => {
    const verdict = judge('no-privileged', pod(), { expression });
    expect(verdict).toMatchObject({ kind: 'broken' });
    expect((verdict as { message: string }).message).toMatch(/^control no-privileged could not be evaluated/);
  });

  it('still denies when only its message fails', () => {
    const object = pod({ hostPID: true });
    const verdict = judge('no-host-namespaces', object, { message: 'object.nowhere' });
    expect(verdict).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('No pod shares') as string,
    });
  });
});

describe('a value that is not known yet', () => {
  const unknownImage = container({ image: UNKNOWN });
  const privileged = container({ name: 'bad', securityContext: { privileged: true } });

  it('leaves undecided the controls that hang on it, and names it', () => {
    const verdict = judge('allowed-registries', workload('Deployment', { containers: [unknownImage] }));
    expect(verdict).toEqual({
      kind: 'undecided',
      message: 'Deployment samples/sample: spec.template.spec.containers[0].image is not known yet',
    });
  });

  it('leaves the verdicts of others as they are', () => {
    const object = pod({ containers: [unknownImage] });
    expect(judge('no-privileged', object)).toEqual({ kind: 'allowed' });
    expect(judge('non-root', object)).toMatchObject({ kind: 'denied' });
    expect(judge('non-root', { ...object, metadata: { name: UNKNOWN } })).toMatchObject({ kind: 'denied' });
  });

  it.each([
    ['a field', { privileged: UNKNOWN }],
    ['the object that has the field', UNKNOWN],
  ])('does not hide a container that is denied anyway: %s', (_title, securityContext) => {
    const unknown = container({ securityContext });
    expect(judge('no-privileged', pod({ containers: [unknown] }))).toMatchObject({ kind: 'undecided' });
    for (const containers of [
      [unknown, privileged],
      [privileged, unknown],
    ])
      expect(judge('no-privileged', pod({ containers }))).toMatchObject({ kind: 'denied' });
  });

  it.each([
    ['a container', { containers: [UNKNOWN, privileged] }],
    ['all containers', { containers: UNKNOWN }],
    ['a list of containers', { containers: [container()], initContainers: UNKNOWN }],
  ])('is never a pass: %s', (_title, spec) => {
    expect(judge('no-privileged', pod(spec))).toMatchObject({ kind: 'undecided' });
  });

  it('is never a pass: the pod spec, or all above it', () => {
    const deployment = workload('Deployment');
    for (const spec of [UNKNOWN, { template: UNKNOWN }, { template: { spec: UNKNOWN } }])
      expect(judge('no-privileged', { ...deployment, spec })).toMatchObject({ kind: 'undecided' });
  });

  it('is never a pass: a required label, or all labels', () => {
    const name = 'app.kubernetes.io/name';
    for (const labels of [UNKNOWN, { [name]: UNKNOWN }])
      expect(judge('required-labels', { ...pod(), metadata: { name: 'a', labels } })).toMatchObject({
        kind: 'undecided',
      });
    const others = { [name]: 'a', team: UNKNOWN };
    expect(judge('required-labels', { ...pod(), metadata: { labels: others } })).toEqual({ kind: 'allowed' });
  });
});

it('a message names object, containers, what was found and the cure', () => {
  const bad = container({ name: 'agent', securityContext: { privileged: true } });
  const verdict = judge('no-privileged', workload('DaemonSet', { initContainers: [bad] }));
  expect(verdict).toEqual({
    kind: 'denied',
    message: `DaemonSet samples/sample: container agent is privileged. ${control('no-privileged').remediation}`,
  });
});

it('fields named like parts of a JavaScript object hide nothing', () => {
  const odd = '"constructor":"a","__proto__":"b","toString":"c"';
  const labels = JSON.parse(`{${odd},"app.kubernetes.io/name":"app"}`) as object;
  const securityContext = JSON.parse(`{${odd},"privileged":true}`) as object;
  const object = { ...pod({ containers: [container({ securityContext })] }), metadata: { labels } };
  expect(judge('required-labels', object)).toEqual({ kind: 'allowed' });
  expect(judge('no-privileged', object)).toMatchObject({ kind: 'denied' });
});
