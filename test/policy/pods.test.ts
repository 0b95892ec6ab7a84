import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { compile, type Verdict } from '../../policy/cel';
import type { KubernetesObject } from '../../policy/objects';
import { networkPolicy } from '../../policy/parts/network-samples';
import { parseImage } from '../../policy/parts/images';
import { container, object, pod, workload } from '../../policy/samples';
import { Subject } from '../../policy/subject';

/** What no API server takes as a new object, and so can be no sample. */
function verdict(id: string, judged: KubernetesObject): Verdict['kind'] {
  return compile(OBJECT_CONTROLS.find((control) => control.id === id)!)(new Subject(judged)).kind;
}

describe('a Pod that runs already', () => {
  const conditions = [{ type: 'PodScheduled', status: 'True' }];

  it('has the node that the scheduler gave it', () => {
    const running = { ...pod({ nodeName: 'node-1' }), status: { conditions } };
    expect(verdict('no-control-plane-scheduling', running)).toBe('allowed');
    const waiting = { ...pod({ nodeName: 'node-1' }), status: { conditions: [{ type: 'Initialized' }] } };
    expect(verdict('no-control-plane-scheduling', waiting)).toBe('denied');
  });

  it('lends its condition to no workload that names a node', () => {
    const deployment = workload('Deployment', { nodeName: 'node-1' });
    const available = { ...deployment, status: { conditions: [{ type: 'Available', status: 'True' }] } };
    expect(verdict('no-control-plane-scheduling', available)).toBe('denied');
  });
});

it('a block of no length is every address, whichever an old API server let stand before it', () => {
  for (const cidr of ['10.0.0.0/0', '0.0.0.0/00', 'fd00::/0']) {
    const policy = networkPolicy({ egress: [{ to: [{ ipBlock: { cidr } }] }] });
    expect([cidr, verdict('no-open-network-policy', policy)]).toEqual([cidr, 'denied']);
  }
  const some = networkPolicy({ egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/10' } }] }] });
  expect(verdict('no-open-network-policy', some)).toBe('allowed');
});

it('an image that is not named comes from no allowed registry', () => {
  for (const image of [undefined, '']) {
    expect(verdict('allowed-registries', pod({ containers: [container({ image })] }))).toBe('denied');
  }
});

it('the ServiceAccount that the cluster makes for a namespace is left to its own control', () => {
  const account = object('v1', 'ServiceAccount', { metadata: { name: 'default' } });
  expect(verdict('no-token-automount', account)).toBe('allowed');
  expect(verdict('default-service-account-tokens', account)).toBe('denied');
  // Whatever else has the name is judged.
  const { metadata, ...rest } = pod();
  const named = { ...rest, metadata: { ...metadata, name: 'default' } };
  expect(verdict('no-token-automount', named)).toBe('denied');
});

describe('an image', () => {
  const DIGEST = `sha256:${'a'.repeat(64)}`;

  it.each([
    ['nginx', 'docker.io/library/nginx', undefined],
    ['nginx:1.29', 'docker.io/library/nginx:1.29', '1.29'],
    ['grafana/grafana:12.0.0', 'docker.io/grafana/grafana:12.0.0', '12.0.0'],
    ['localhost:5000/app', 'localhost:5000/app', undefined],
    ['localhost/app:1', 'localhost/app:1', '1'],
    ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10', '3.10'],
  ])('%s is %s', (reference, name, tag) => {
    expect(parseImage(reference)).toEqual({ name, tag, digest: undefined });
    expect(parseImage(`${reference}@${DIGEST}`)).toEqual({ name, tag, digest: DIGEST });
  });
});
