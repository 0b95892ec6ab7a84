import { parseDriftArguments } from '../../components/operations/drift-cli';
import { declares, differences, withDifferences } from '../../components/operations/differences';
import { describeDrift } from '../../components/operations/drift';
import type { KubernetesObject } from '../../policy/objects';

const object = (fields: object): KubernetesObject => ({ apiVersion: 'v1', kind: 'Thing', ...fields });

describe('what a manifest declares', () => {
  it.each([
    ['the same', { a: 1, b: ['x', { c: true }] }, { a: 1, b: ['x', { c: true }] }],
    ['fields that others added', { a: 1 }, { a: 1, z: 2 }],
    ['null for what is not there', { a: null }, {}],
    ['an empty object that is there', { a: {} }, { a: { b: 1 } }],
  ])('is there: %s', (_, manifest, live) => expect(declares(manifest, live)).toBe(true));

  it.each([
    ['another value', { a: 1 }, { a: 2 }],
    ['another type', { a: 1 }, { a: '1' }],
    ['a field that is gone', { a: 1 }, {}],
    ['zero for what is gone', { a: 0 }, {}],
    ['an empty object for what is gone', { a: {} }, {}],
    ['null for what is there', { a: null }, { a: 1 }],
    ['a longer list', { a: [1] }, { a: [1, 2] }],
    ['a list for an object', { a: [] }, { a: {} }],
    ['a list in another order', { a: [1, 2] }, { a: [2, 1] }],
  ])('is not: %s', (_, manifest, live) => expect(declares(manifest, live)).toBe(false));
});

describe('differences', () => {
  const live = object({
    metadata: {
      name: 'x',
      resourceVersion: '1',
      managedFields: [1],
      labels: { 'a.b/c': 'old', extra: 'kept' },
    },
    spec: { ports: [{ port: 1 }, { port: 2 }], list: [1], gone: 'no' },
    status: { ready: true },
  });
  const wanted = object({
    metadata: { name: 'x', resourceVersion: '2', labels: { 'a.b/c': 'new', extra: 'kept' } },
    spec: { ports: [{ port: 1 }, { port: 3 }], list: [1, 2], added: {} },
  });

  it('are named by path, without what the API server keeps for itself', () => {
    expect(differences(live, wanted).map(({ text }) => text)).toEqual([
      'metadata.labels["a.b/c"]',
      'spec.added',
      'spec.gone',
      'spec.list',
      'spec.ports[1].port',
    ]);
    expect(differences(live, live)).toEqual([]);
  });

  it('can be made one by one, and touch nothing else', () => {
    const [label, added, gone] = differences(live, wanted);
    const changed = withDifferences(live, [label!, gone!]);
    expect(differences(changed, wanted)).toHaveLength(3);
    expect(changed.status).toEqual({ ready: true });
    expect(changed.metadata).toMatchObject({ resourceVersion: '1', labels: { extra: 'kept' } });
    expect(withDifferences(live, [added!]).spec).toHaveProperty('added', {});
    // What was given is as it was.
    expect(live.spec).toHaveProperty('gone', 'no');
  });
});

it('drift is told with release, object and fields', () => {
  const drift = {
    release: 'a/b',
    kind: 'Thing',
    namespace: 'a',
    name: 'x',
    fields: ['spec.one', 'spec.two'],
  };
  expect(describeDrift(drift)).toBe('release a/b: Thing a/x differs in spec.one, spec.two');
  expect(describeDrift({ ...drift, namespace: undefined, fields: [] })).toBe('release a/b: Thing x is gone');
});

describe('arguments', () => {
  it('are releases, and whether to set them back', () => {
    expect(parseDriftArguments([])).toEqual({ releases: [], repair: false });
    expect(parseDriftArguments(['--repair', 'a/b'])).toEqual({ releases: ['a/b'], repair: true });
  });

  it.each([
    [['a'], /"a" is no release, expected NAMESPACE\/RELEASE/],
    [['--repair'], /--repair without a release/],
    [['--mend'], /--mend/],
  ])('%j are refused with how to use it', (args, message) => {
    expect(() => parseDriftArguments(args)).toThrow(message);
    expect(() => parseDriftArguments(args)).toThrow(/use: npm run drift/);
  });
});
