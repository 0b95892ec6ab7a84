import { findProblems } from '../../components/operations/check';

/** The smoke check's view of a cluster, told by kubectl. */

const TARGET = { releases: [{ name: 'velero', namespace: 'velero' }], namespaces: ['velero'] };

/** Answers as kubectl does: a healthy API server, the record of one release, and these workloads. */
function kubectlOf(record: string, ...items: object[]): (...args: string[]) => Promise<string> {
  return (...args) => {
    if (args.includes('/readyz')) return Promise.resolve('ok');
    return Promise.resolve(args.includes('secrets') ? record : JSON.stringify({ items }));
  };
}

function workload(kind: string, status: Record<string, number>, namespace = 'velero'): object {
  return { kind, metadata: { name: 'x', namespace, generation: 2 }, spec: { replicas: 1 }, status };
}

const DEPLOYED = 'velero velero 1 deployed\n';
const CURRENT = { observedGeneration: 2 };

test('an API server that becomes ready is waited for; of one that does not, the checks that fail are named', async () => {
  const said =
    'Error from server (InternalError): an error on the server ("[+]ping ok\\n[-]poststarthook/crd-informer-synced failed: ' +
    'reason withheld\\n[+]log ok\\nreadyz check failed") has prevented the request from succeeding';
  let asked = 0;
  const healthy = kubectlOf(
    DEPLOYED,
    workload('Deployment', { ...CURRENT, availableReplicas: 1, updatedReplicas: 1 }),
  );
  const starting = (...args: string[]): Promise<string> => {
    if (!args.includes('/readyz')) return healthy(...args);
    asked += 1;
    return asked === 1 ? Promise.reject(new Error(said)) : Promise.resolve('ok');
  };
  const target = { releases: [{ name: 'velero', namespace: 'velero' }], namespaces: ['velero'] };
  expect(await findProblems(target, starting)).toEqual([]);
  asked = 0;
  expect(await findProblems(target, starting, 0)).toEqual([
    'the API server is not ready: poststarthook/crd-informer-synced',
  ]);
  const gone = (): Promise<string> => Promise.reject(new Error('first words\nconnection refused'));
  expect(await findProblems(target, gone, 0)).toEqual(['the API server is not ready: connection refused']);
});

test('a platform whose releases are deployed and whose workloads are available has no problem', async () => {
  const kubectl = kubectlOf(
    DEPLOYED,
    workload('Deployment', { ...CURRENT, availableReplicas: 1, updatedReplicas: 1 }),
    workload('StatefulSet', { ...CURRENT, readyReplicas: 1, updatedReplicas: 1 }),
    workload('DaemonSet', {
      ...CURRENT,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
      desiredNumberScheduled: 3,
    }),
    workload('Deployment', {}, 'of-somebody-else'),
  );
  expect(await findProblems(TARGET, kubectl, 0)).toEqual([]);
});

test.each([
  [
    'Deployment',
    { observedGeneration: 2, availableReplicas: 0, updatedReplicas: 1 },
    '0 of 1 pods available, 1 up to date',
  ],
  [
    'Deployment',
    { observedGeneration: 2, availableReplicas: 1, updatedReplicas: 0 },
    '1 of 1 pods available, 0 up to date',
  ],
  [
    'Deployment',
    { observedGeneration: 1, availableReplicas: 1, updatedReplicas: 1 },
    '1 of 1 pods available, 1 up to date',
  ],
  [
    'DaemonSet',
    { observedGeneration: 2, numberAvailable: 3, updatedNumberScheduled: 2, desiredNumberScheduled: 3 },
    '3 of 3 pods available, 2 up to date',
  ],
])('a %s with %j is a problem', async (kind, status, counts) => {
  const problems = await findProblems(TARGET, kubectlOf(DEPLOYED, workload(kind, status)), 0);
  expect(problems).toEqual([`${kind} velero/x has ${counts}`]);
});

test('a release that is missing, or whose newest revision is not deployed, is a problem', async () => {
  expect(await findProblems(TARGET, kubectlOf(''), 0)).toEqual([
    'release velero/velero is missing, expected deployed',
  ]);
  const failed = kubectlOf('velero velero 2 failed\nvelero velero 1 superseded\n');
  expect(await findProblems(TARGET, failed, 0)).toEqual([
    'release velero/velero is failed, expected deployed',
  ]);
});
