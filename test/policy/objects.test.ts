import {
  CONTAINER_LISTS,
  containersOf,
  describeObject,
  flattenList,
  matches,
  POD_BEARING_KINDS,
  podSpecOf,
  type KubernetesObject,
} from '../../policy/objects';
import { workload } from '../../policy/samples';

const SPEC = {
  containers: [{ name: 'a' }],
  initContainers: [{ name: 'b' }],
  ephemeralContainers: [{ name: 'c' }],
};
const names = (containers: unknown[]): unknown[] => containers.map((each) => (each as { name: string }).name);

describe('the pod spec', () => {
  it('is found in all eight workload kinds of the catalogue, and in PodTemplate', () => {
    expect(POD_BEARING_KINDS).toHaveLength(9);
    const pod = { apiVersion: 'v1', kind: 'Pod', spec: SPEC };
    const kinds = [
      'ReplicationController',
      'ReplicaSet',
      'Deployment',
      'StatefulSet',
      'DaemonSet',
      'Job',
      'CronJob',
      'PodTemplate',
    ];
    for (const object of [pod, ...kinds.map((kind) => workload(kind, SPEC))]) {
      expect(podSpecOf(object)).toMatchObject(SPEC);
      expect(names(containersOf(podSpecOf(object), CONTAINER_LISTS))).toEqual(['a', 'b', 'c']);
    }
  });

  it('is found whatever the version of the group', () => {
    expect(podSpecOf({ ...workload('CronJob', SPEC), apiVersion: 'batch/v1beta1' })).toMatchObject(SPEC);
  });

  it('is empty where it is missing, and containers are none where they are no list', () => {
    expect(podSpecOf({ apiVersion: 'apps/v1', kind: 'Deployment' })).toEqual({});
    expect(podSpecOf({ apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: null } })).toEqual({});
    expect(containersOf({ containers: 'app', initContainers: null }, CONTAINER_LISTS)).toEqual([]);
  });

  it.each([
    ['v1', 'Service'],
    ['apps.example.com/v1', 'Deployment'],
    ['v1', 'Deployment'],
  ])('is not looked for in %s %s', (apiVersion, kind) => {
    const object = { apiVersion, kind, spec: { template: { spec: SPEC } } };
    expect(matches(object, ['podBearing'])).toBe(false);
    expect(podSpecOf(object)).toEqual({});
  });
});

describe('a list', () => {
  const item = { metadata: { name: 'a' } };

  it('is its items, whose kind it knows, lists in lists too', () => {
    const pods = { apiVersion: 'v1', kind: 'PodList', items: [item] };
    const all = {
      apiVersion: 'v1',
      kind: 'List',
      items: [pods, { apiVersion: 'apps/v1', kind: 'Deployment' }],
    };
    const kinds = flattenList(all).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
    expect(kinds).toEqual(['v1 Pod', 'apps/v1 Deployment']);
  });

  it('is no other kind whose name ends like one', () => {
    const object: KubernetesObject = { apiVersion: 'example.com/v1', kind: 'AllowList', spec: {} };
    expect(flattenList(object)).toEqual([object]);
  });
});

it('an object is named by kind, namespace and name, as far as they are known', () => {
  const named = (metadata: KubernetesObject['metadata']): string =>
    describeObject({ apiVersion: 'v1', kind: 'Pod', ...(metadata ? { metadata } : {}) });
  expect(named({ name: 'a', namespace: 'b' })).toBe('Pod b/a');
  expect(named({ name: 'a' })).toBe('Pod a');
  expect(named({})).toBe('Pod (name not known yet)');
  expect(named(undefined)).toBe('Pod (without a name)');
});
