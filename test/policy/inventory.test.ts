import { Inventory } from '../../policy/inventory';
import type { KubernetesObject } from '../../policy/objects';
import { object } from '../../policy/samples';

const crd = (kind: string, scope: string): KubernetesObject =>
  object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
    spec: { group: 'example.com', scope, names: { kind } },
  });
/** As the provider hands on a custom resource of a kind that it knows nothing of. */
const placed = (kind: string): KubernetesObject =>
  object('example.com/v1', kind, { metadata: { namespace: 'default' } });

it('a custom resource whose CRD says that it belongs to no namespace is in none', async () => {
  const inventory = new Inventory({ helm: 'no-helm', project: '.', kubernetesVersion: '1.36' });
  const asked = (props: KubernetesObject): Parameters<Inventory['of']>[0] => ({
    type: `kubernetes:${props.apiVersion}:${props.kind}`,
    urn: `urn:pulumi:test::platform::${props.kind}::${String(props.metadata?.name)}`,
    name: 'sample',
    props,
  });
  const namespaceOf = async (kind: string): Promise<unknown> => {
    const { subjects } = await inventory.of(asked(placed(kind)), 'a policy');
    const [inStack] = inventory.objectsOf([asked(placed(kind))]);
    expect(inStack?.metadata?.namespace).toBe(subjects[0]?.object.metadata?.namespace);
    return subjects[0]?.object.metadata?.namespace;
  };
  expect(await namespaceOf('Cloud')).toBe('default');
  for (const each of [crd('Cloud', 'Cluster'), crd('Thing', 'Namespaced')])
    await inventory.of(asked(each), 'a policy');
  expect(await namespaceOf('Cloud')).toBeUndefined();
  expect(await namespaceOf('Thing')).toBe('default');
});

describe('what a controller filled in', () => {
  const inventory = (): Inventory =>
    new Inventory({ helm: 'no-helm', project: '.', kubernetesVersion: '1.36' });
  const declared = object('apps/v1', 'Deployment', { spec: { paused: true } });
  const live = { ...declared, spec: { paused: true, replicas: 3 }, status: { replicas: 3 } };
  const asked = (props: KubernetesObject): Parameters<Inventory['of']>[0] => ({
    type: 'kubernetes:apps/v1:Deployment',
    urn: 'urn:pulumi:test::platform::kubernetes:apps/v1:Deployment::app',
    name: 'app',
    props,
  });

  it('is not the program’s: a stack is judged by what each resource was judged by', async () => {
    const known = inventory();
    await known.of(asked(declared), 'a policy');
    expect(known.objectsOf([asked(live)])).toEqual([declared]);
  });

  it('is not in a state either, which has both', async () => {
    const state = { ...live, __inputs: declared } as KubernetesObject;
    expect(inventory().objectsOf([asked(state)])).toEqual([declared]);
    const { subjects } = await inventory().of(asked(state), 'a policy');
    expect(subjects.map(({ source }) => source)).toEqual([declared]);
  });
});
