import { findProblems, kubectlWith, wholeCluster } from '../../components/operations/check';
import { PLANE_TIMEOUT, TestPlane, eventually } from '../helpers/plane';

jest.setTimeout(PLANE_TIMEOUT);

/** What can't start says why: the object, the reason, and the last event. */

let test: TestPlane;
beforeAll(async () => {
  test = await TestPlane.start();
});
afterAll(() => test.delete());

const GOOD = {
  image: 'ghcr.io/example/app:1',
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

async function create(
  namespace: string,
  changes: { container?: object; spec?: object; labels?: object },
): Promise<void> {
  const { api } = test.plane;
  await api.call('POST', '/api/v1/namespaces', { metadata: { name: namespace, labels: changes.labels } });
  const labels = { app: namespace };
  await api.call('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
    metadata: { name: 'app' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'app', ...GOOD, ...changes.container }], ...changes.spec },
      },
    },
  });
}

async function problem(namespace: string): Promise<string> {
  const { path } = test.tools.get('kubectl')!;
  const kubectl = kubectlWith({ kubeconfig: test.plane.kubeconfig, binary: path });
  const [text] = await findProblems({ releases: [], namespaces: [namespace] }, kubectl, 0);
  return text ?? '';
}

it.each([
  [
    'a wrong image',
    'pull',
    { container: { image: 'pull-fails.invalid/app:1' } },
    /container app: ImagePullBackOff: Back-off pulling image "pull-fails\.invalid\/app:1".*last event: Pod app-\S+: Failed: /,
  ],
  [
    'a crash loop',
    'crash',
    { container: { image: 'crashes.invalid/app:1' } },
    /container app: CrashLoopBackOff: .*ended 5 times, last with code 1 \(Error\).*last event: Pod app-\S+: BackOff: /,
  ],
  [
    'what no node has room for',
    'big',
    { container: { resources: { requests: { cpu: '5000' } } } },
    /Pod app-\S+: Unschedulable: 0\/\d+ nodes are available.*last event: Pod app-\S+: FailedScheduling: /,
  ],
  [
    'what pod security refuses',
    'insecure',
    {
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
      container: { securityContext: { privileged: true } },
    },
    /ReplicaSet app-\S+: FailedCreate: .*violates PodSecurity "restricted.*last event: ReplicaSet app-\S+: FailedCreate: /,
  ],
])(
  '%s: the message names the object, the reason and the last event',
  async (_title, namespace, changes, expected) => {
    await create(namespace, changes);
    const text = await eventually(
      async () => {
        const found = await problem(namespace);
        return expected.test(found) && found;
      },
      `a message that matches ${String(expected)}`,
    );
    expect(text).toMatch(
      new RegExp(`^Deployment ${namespace}/app has 0 of 1 pods available, [01] up to date: `),
    );
  },
);

it('what exceeds the quota: the message names it', async () => {
  const { api } = test.plane;
  await api.call('POST', '/api/v1/namespaces', { metadata: { name: 'full' } });
  await api.call('POST', '/api/v1/namespaces/full/resourcequotas', {
    metadata: { name: 'quota' },
    spec: { hard: { pods: '0' } },
  });
  const labels = { app: 'full' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', ...GOOD }] } };
  await api.call('POST', '/apis/apps/v1/namespaces/full/deployments', {
    metadata: { name: 'app' },
    spec: { selector: { matchLabels: labels }, template },
  });
  const expected =
    /ReplicaSet app-\S+: FailedCreate: .*exceeded quota: quota, requested: pods=1, used: pods=0, limited: pods=0/;
  await eventually(async () => expected.test(await problem('full')), 'a message that names the quota');
});

it('the whole cluster is looked at where nothing is named', async () => {
  const { path } = test.tools.get('kubectl')!;
  const kubectl = kubectlWith({ kubeconfig: test.plane.kubeconfig, binary: path });
  const { namespaces, releases } = await wholeCluster(kubectl);
  expect(namespaces).toEqual(expect.arrayContaining(['pull', 'kube-system']));
  expect(releases).toEqual([]);
});
