import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import type { KubeObject } from '../../sandbox/plane/api';
import { planePaths } from '../../sandbox/plane/config';
import { ensurePlane, inspectPlane, stopPlane } from '../../sandbox/plane/plane';
import { readPair } from '../../sandbox/plane/pki';
import { eventually, PLANE_TIMEOUT, TestPlane } from '../helpers/plane';

jest.setTimeout(PLANE_TIMEOUT);

const CANARY = 'canary-value-of-a-secret';
let cluster: TestPlane;

beforeAll(async () => {
  cluster = await TestPlane.start();
});
afterAll(() => cluster.delete());

describe('the nodes', () => {
  it('are at least six workers over three zones, labelled, sized and ready, beside tainted control-plane nodes', async () => {
    const nodes = await cluster.plane.api.list('/api/v1/nodes');
    const isControlPlane = ({ metadata }: KubeObject): boolean =>
      'node-role.kubernetes.io/control-plane' in (metadata.labels ?? {});
    const workers = nodes.filter((node) => !isControlPlane(node));
    expect(workers.length).toBeGreaterThanOrEqual(6);
    expect(
      new Set(workers.map(({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone'])).size,
    ).toBe(3);
    for (const node of nodes) {
      const { allocatable } = node.status as { allocatable: Record<string, string> };
      expect(Object.keys(allocatable)).toEqual(
        expect.arrayContaining(['cpu', 'memory', 'pods', 'ephemeral-storage']),
      );
      expect(node.metadata.labels).toMatchObject({
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': node.metadata.name,
      });
      const { taints = [] } = node.spec as { taints?: { key: string; effect: string }[] };
      const expected = isControlPlane(node) ? ['node-role.kubernetes.io/control-plane:NoSchedule'] : [];
      expect(taints.map(({ key, effect }) => `${key}:${effect}`)).toEqual(expected);
    }
  });
});

describe('access', () => {
  it('is by TLS with the plane’s own CA, and refused without credentials', async () => {
    const { ports } = cluster.plane;
    const { cert } = readPair(planePaths(cluster.folder).pki, 'ca');
    const status = await new Promise((resolve, reject) => {
      request(`https://127.0.0.1:${ports.apiserver}/api`, { ca: cert }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(401);
    expect(readFileSync(cluster.plane.kubeconfig, 'utf8')).not.toContain('insecure-skip-tls-verify');
  });

  it('is on the loopback interface only', async () => {
    const addresses = Object.values(networkInterfaces())
      .flatMap((entries) => entries ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map(({ address }) => address);
    for (const address of addresses) {
      for (const port of Object.values<number>({ ...cluster.plane.ports })) {
        const reached = await new Promise<boolean>((resolve) => {
          const socket = connect({ host: address, port, timeout: 2000 });
          const done = (answer: boolean) => () => {
            socket.destroy();
            resolve(answer);
          };
          socket.on('connect', done(true)).on('error', done(false)).on('timeout', done(false));
        });
        expect({ address, port, reached }).toEqual({ address, port, reached: false });
      }
    }
  });

  it('leaves keys, tokens and kubeconfigs readable by their owner only', () => {
    const paths = planePaths(cluster.folder);
    const files = [
      ...readdirSync(paths.pki).map((file) => join(paths.pki, file)),
      ...readdirSync(cluster.folder)
        .filter((file) => file.endsWith('kubeconfig'))
        .map((file) => join(cluster.folder, file)),
      paths.tokens,
      paths.encryption,
    ];
    expect(files.length).toBeGreaterThan(15);
    for (const file of files)
      expect({ file, mode: (statSync(file).mode & 0o777).toString(8) }).toEqual({ file, mode: '600' });
  });
});

describe('Secrets', () => {
  beforeAll(() =>
    cluster.plane.api.call('POST', '/api/v1/namespaces/default/secrets', {
      metadata: { name: 'canary' },
      stringData: { password: CANARY },
    }),
  );

  it('are encrypted in etcd, after a restart too', async () => {
    expect(await rawEtcdValue()).toMatch(/^k8s:enc:secretbox:v1:/);
    await stopPlane(cluster.folder);
    const { api } = await cluster.ensure();
    const secret = await api.get('/api/v1/namespaces/default/secrets/canary');
    expect(Buffer.from((secret.data as { password: string }).password, 'base64').toString()).toBe(CANARY);
    const raw = await rawEtcdValue();
    expect(raw).toMatch(/^k8s:enc:secretbox:v1:/);
    expect(raw).not.toContain(CANARY);
  });

  it('are in the audit log by name only', async () => {
    const log = await eventually(async () => {
      const text = readFileSync(planePaths(cluster.folder).audit, 'utf8');
      return Promise.resolve(text.includes('"canary"') && text);
    }, 'the Secret in the audit log');
    expect(log).not.toContain(CANARY);
    expect(log).not.toContain(Buffer.from(CANARY).toString('base64'));
    const levels = log
      .split('\n')
      .filter((line) => line.includes('"resource":"secrets"'))
      .map((line) => (JSON.parse(line) as { level: string }).level);
    expect(new Set(levels)).toEqual(new Set(['Metadata']));
  });

  it('are in the audit log with bodies for what holds no secret', async () => {
    await cluster.plane.api.call('POST', '/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'audited' },
      data: { key: 'audited-value' },
    });
    await eventually(
      () => Promise.resolve(readFileSync(planePaths(cluster.folder).audit, 'utf8').includes('audited-value')),
      'the ConfigMap in the audit log',
    );
  });

  it('leave a trace there when they are applied as YAML, as Pulumi does', async () => {
    const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: applied\n';
    const path = '/api/v1/namespaces/default/configmaps/applied';
    await cluster.plane.api.raw('PATCH', `${path}?fieldManager=test`, manifest, {
      contentType: 'application/apply-patch+yaml',
    });
    await eventually(
      () => Promise.resolve(readFileSync(planePaths(cluster.folder).audit, 'utf8').includes(path)),
      'the apply in the audit log',
    );
  });
});

describe('admission', () => {
  it('enforces Pod Security', async () => {
    const { api } = cluster.plane;
    await api.call('POST', '/api/v1/namespaces', {
      metadata: { name: 'guarded', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    await eventually(
      () => api.get('/api/v1/namespaces/guarded/serviceaccounts/default'),
      'the default service account',
    );
    const pod = {
      metadata: { name: 'root' },
      spec: { containers: [{ name: 'c', image: 'i', securityContext: { privileged: true } }] },
    };
    await expect(api.call('POST', '/api/v1/namespaces/guarded/pods', pod)).rejects.toThrow(
      /violates PodSecurity "restricted:latest"/,
    );
  });

  it('enforces a ValidatingAdmissionPolicy', async () => {
    const { api } = cluster.plane;
    const base = '/apis/admissionregistration.k8s.io/v1';
    await api.call('POST', `${base}/validatingadmissionpolicies`, {
      metadata: { name: 'no-forbidden' },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
          ],
        },
        validations: [
          { expression: "object.metadata.name != 'forbidden'", message: 'that name is forbidden' },
        ],
      },
    });
    await api.call('POST', `${base}/validatingadmissionpolicybindings`, {
      metadata: { name: 'no-forbidden' },
      spec: { policyName: 'no-forbidden', validationActions: ['Deny'] },
    });
    await eventually(async () => {
      const path = '/api/v1/namespaces/default/configmaps?dryRun=All';
      const answer = await api
        .call('POST', path, { metadata: { name: 'forbidden' } })
        .catch((error: unknown) => String(error));
      return typeof answer === 'string' && answer.includes('that name is forbidden');
    }, 'the denial');
  });

  it('calls no webhook: none could answer', async () => {
    const { api } = cluster.plane;
    await api.call('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
      metadata: { name: 'unreachable' },
      webhooks: [
        {
          name: 'unreachable.example.com',
          clientConfig: { service: { name: 'nobody', namespace: 'default' } },
          failurePolicy: 'Fail',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          rules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
          ],
        },
      ],
    });
    await api.call('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'unguarded' } });
  });
});

describe('what a cluster’s controllers do', () => {
  it('gives a LoadBalancer Service an address', async () => {
    const { api } = cluster.plane;
    const service = { metadata: { name: 'balanced' }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } };
    await api.call('POST', '/api/v1/namespaces/default/services', service);
    await eventually(async () => {
      const { status } = await api.get('/api/v1/namespaces/default/services/balanced');
      return (status as { loadBalancer: { ingress?: { ip: string }[] } }).loadBalancer.ingress?.[0]?.ip;
    }, 'the address');
  });

  it.each([
    ['the default class', {}],
    ['any other', { storageClassName: 'gp3' }],
  ])('binds a claim of %s to a volume, and removes the volume with the claim', async (_, ofClass) => {
    const { api } = cluster.plane;
    const path = '/api/v1/namespaces/default/persistentvolumeclaims';
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...ofClass };
    await eventually(() => api.call('POST', path, { metadata: { name: 'claim' }, spec }), 'the claim');
    const volume = await eventually(async () => {
      const claim = await api.get(`${path}/claim`);
      const bound = (claim.status as { phase: string }).phase === 'Bound';
      return bound && (claim.spec as { volumeName: string }).volumeName;
    }, 'the bound claim');
    await api.call('DELETE', `${path}/claim`);
    await eventually(async () => {
      const volumes = await api.list('/api/v1/persistentvolumes');
      return !volumes.some(({ metadata }) => metadata.name === volume);
    }, 'the removed volume');
  });

  it('completes a Job', async () => {
    const { api } = cluster.plane;
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
    await api.call('POST', '/apis/batch/v1/namespaces/default/jobs', {
      metadata: { name: 'job' },
      spec: { template },
    });
    await eventually(async () => {
      const { status } = await api.get('/apis/batch/v1/namespaces/default/jobs/job');
      return (status as { succeeded?: number }).succeeded === 1;
    }, 'the completed Job');
  });

  it('answers for an aggregated API without a backend, so that discovery and namespace deletion work', async () => {
    const { api } = cluster.plane;
    const labels = { app: 'metrics' };
    await api.call('POST', '/apis/apps/v1/namespaces/default/deployments', {
      metadata: { name: 'metrics' },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    });
    await api.call('POST', '/api/v1/namespaces/default/services', {
      metadata: { name: 'metrics' },
      spec: { selector: labels, ports: [{ port: 443 }] },
    });
    await api.call('POST', '/apis/apiregistration.k8s.io/v1/apiservices', {
      // No CA bundle: as with cert-manager's injector, it is filled in later.
      metadata: {
        name: 'v1beta1.metrics.k8s.io',
        annotations: { 'cert-manager.io/inject-ca-from': 'default/metrics' },
      },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { name: 'metrics', namespace: 'default' },
      },
    });
    await eventually(async () => {
      const { status } = await api.get('/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io');
      const { conditions = [] } = status as { conditions?: { type: string; status: string }[] };
      return conditions.some((condition) => condition.type === 'Available' && condition.status === 'True');
    }, 'the available APIService');
    const list = await api.get<{ kind: string; items: unknown[] }>('/apis/metrics.k8s.io/v1beta1/nodes');
    expect(list).toMatchObject({ kind: 'NodeMetricsList', items: [] });
    await api.call('POST', '/api/v1/namespaces', { metadata: { name: 'short-lived' } });
    await api.call('DELETE', '/api/v1/namespaces/short-lived');
    await eventually(
      () =>
        api.get('/api/v1/namespaces/short-lived').then(
          () => false,
          () => true,
        ),
      'the deleted namespace',
    );
  });
});

describe('the life of a plane', () => {
  it('is found again, not started twice', async () => {
    const [first, second] = await Promise.all([
      ensurePlane(cluster.folder, cluster.tools),
      ensurePlane(cluster.folder, cluster.tools),
    ]);
    expect([first.started, second.started]).toEqual([false, false]);
    expect(first.ports).toEqual(cluster.plane.ports);
    first.api.close();
    second.api.close();
  });

  it('is started once when two start it at once', async () => {
    await stopPlane(cluster.folder);
    const planes = await Promise.all([
      ensurePlane(cluster.folder, cluster.tools),
      ensurePlane(cluster.folder, cluster.tools),
    ]);
    expect(planes.filter(({ started }) => started)).toHaveLength(1);
    planes.forEach(({ api }) => api.close());
  });

  it('is restarted on its state and its ports after a crash of all of it, and of one part', async () => {
    const { processes } = JSON.parse(readFileSync(planePaths(cluster.folder).record, 'utf8')) as {
      processes: { name: string; pid: number }[];
    };
    for (const victims of [processes, processes.filter(({ name }) => name === 'kwok')]) {
      const { processes: current } = JSON.parse(readFileSync(planePaths(cluster.folder).record, 'utf8')) as {
        processes: { name: string; pid: number }[];
      };
      const names = victims.map(({ name }) => name);
      current.filter(({ name }) => names.includes(name)).forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
      await eventually(
        () => Promise.resolve((inspectPlane(cluster.folder)?.missing.length ?? 0) >= names.length),
        'the crash',
      );
      const before = cluster.plane.ports;
      const plane = await cluster.ensure();
      expect(plane.started).toBe(true);
      expect(plane.ports).toEqual(before);
      await plane.api.get('/api/v1/namespaces/default/secrets/canary');
    }
  });

  it('stops by recorded process only, and says whether there was anything to stop', async () => {
    expect(await stopPlane(cluster.folder)).toBe(true);
    expect(inspectPlane(cluster.folder)?.running).toEqual([]);
    expect(await stopPlane(cluster.folder)).toBe(false);
  });

  it('says what to do where its record is damaged', () => {
    const { record } = planePaths(cluster.folder);
    const whole = readFileSync(record);
    writeFileSync(record, '');
    try {
      const words = `${record}, which says what runs on this plane, is damaged`;
      const told = { message: words, cure: expect.stringContaining('remove that file') as string };
      expect(() => inspectPlane(cluster.folder)).toThrow(expect.objectContaining(told) as Error);
    } finally {
      writeFileSync(record, whole);
    }
  });
});

/** What etcd holds for the Secret, through its JSON gateway. */
async function rawEtcdValue(): Promise<string> {
  const pki = planePaths(cluster.folder).pki;
  const key = Buffer.from('/registry/secrets/default/canary').toString('base64');
  const body = await new Promise<string>((resolve, reject) => {
    const options = { method: 'POST', ca: readPair(pki, 'ca').cert, ...readPair(pki, 'etcd') };
    request(`https://127.0.0.1:${cluster.plane.ports.etcd}/v3/kv/range`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    })
      .on('error', reject)
      .end(JSON.stringify({ key }));
  });
  const { kvs } = JSON.parse(body) as { kvs: [{ value: string }] };
  return Buffer.from(kvs[0].value, 'base64').toString('latin1');
}
