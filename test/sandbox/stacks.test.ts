import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUE, CHART_NAMES } from '../../components/catalogue';
import type { JsonReport } from '../../sandbox/engine/print';
import type { Coverage } from '../../sandbox/policy/coverage';
import { stackPaths } from '../../sandbox/paths';
import { Api, type KubeObject } from '../../sandbox/plane/api';
import { planePaths } from '../../sandbox/plane/config';
import { cacheFolder } from '../../sandbox/toolchain/obtain';
import { deletePlane } from '../../sandbox/plane/plane';
import { ROOT, runCli, runJson } from '../helpers/cli';
import { eventually } from '../helpers/plane';

jest.setTimeout(600_000);

const STACKS = ['local', 'dev', 'staging', 'prod'];
const REPLICAS: Record<string, number> = { local: 1, dev: 1, staging: 2, prod: 3 };
let state: string;

beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'platform-stacks-'));
});
afterAll(async () => {
  for (const stack of STACKS) await deletePlane(pathsOf(stack).plane);
  rmSync(state, { recursive: true, force: true });
});

describe.each(STACKS)('stack %s', (stack) => {
  let first: JsonReport;
  let api: Api;
  const run = (command: string, more: Record<string, string> = {}): Promise<JsonReport> =>
    runJson(command, { STACK: stack, PLATFORM_STATE: state, ...more });

  beforeAll(async () => {
    first = await run('up');
    api = Api.fromFile(join(pathsOf(stack).plane, 'kubeconfig'));
  });
  afterAll(async () => {
    api.close();
    await runCli('down', { STACK: stack, PLATFORM_STATE: state });
  });

  it('comes up whole: every chart of the catalogue, and objects in every component', () => {
    expect(first.error).toBeNull();
    expect(first).toMatchObject({ command: 'up', stack, result: 'succeeded' });
    const charts = first.components.map(({ chart }) => chart);
    for (const chart of CHART_NAMES) {
      const names = 'crdsOnly' in CATALOGUE[chart] ? [`${chart} (CRDs)`] : [chart];
      expect(charts).toEqual(expect.arrayContaining(names));
    }
    for (const component of first.components) {
      expect(component.objects).toBeGreaterThan(0);
      // That of the controls is made from the settings.
      if (component.chart && component.chart !== 'platform-controls')
        expect(['upstream', 'mirror', 'cache', 'stand-in']).toContain(component.source);
    }
    expect(first.changes.create).toBeGreaterThan(150);
  });

  it('runs on a plane that has none of the environment that is meant for the engine', () => {
    const { processes } = JSON.parse(readFileSync(planePaths(pathsOf(stack).plane).record, 'utf8')) as {
      processes: { name: string; pid: number }[];
    };
    const { pid } = processes.find(({ name }) => name === 'kube-apiserver')!;
    const environment = existsSync('/proc/self/environ')
      ? readFileSync(`/proc/${pid}/environ`, 'utf8')
      : execFileSync('ps', ['eww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    expect(environment).toContain('GOMEMLIMIT=');
    expect(environment).not.toMatch(/PULUMI_|POLICY_/);
  });

  it('has had every object judged that it has on the cluster, by a count of the cluster', () => {
    const { applied, judged, missing } = first.coverage as Coverage;
    expect(missing).toEqual([]);
    expect(judged).toBe(applied);
    expect(applied).toBeGreaterThan(500);
  });

  it('runs what its settings say: replicas, security level, default-deny in each namespace', async () => {
    // The autoscaler owns the number of pods and brings it to its minimum within its period of 15 s.
    await eventually(async () => {
      const { status } = await api.get('/apis/apps/v1/namespaces/app/deployments/app');
      return (status as { availableReplicas: number }).availableReplicas === REPLICAS[stack];
    }, 'the replicas of the workload');
    const outputs = first as unknown as {
      outputs: { namespaces: string[]; urls: Record<string, string>; gatewayAddress: string };
    };
    const { namespaces, urls, gatewayAddress } = outputs.outputs;
    expect(Object.keys(urls)).toEqual(expect.arrayContaining(['app', 'grafana', 'argocd']));
    expect(gatewayAddress).toMatch(/^198\.18\./);
    const app = await api.get('/api/v1/namespaces/app');
    expect(app.metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': stack === 'dev' ? 'baseline' : 'restricted',
    });
    for (const namespace of namespaces) {
      const policies = await api.list(`/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`);
      expect(policies.map(nameOf)).toEqual(expect.arrayContaining(['default-deny', 'allow-dns']));
    }
    const [deny] = (await api.list('/apis/projectcalico.org/v3/globalnetworkpolicies')).map(nameOf);
    expect(deny).toBe('default-deny');
  });

  it('changes nothing the second time, in `up`, in `preview` and in `refresh`, nor after that', async () => {
    for (const command of ['up', 'preview', 'refresh', 'preview']) {
      const { changes, result } = await run(command);
      const none = { create: 0, update: 0, replace: 0, delete: 0 };
      expect({ command, result, changes }).toMatchObject({ command, result: 'succeeded', changes: none });
    }
  });

  it('refuses what violates a control, naming it; dev takes it with a warning', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'intruder' },
      spec: { containers: [{ name: 'shell', image: 'registry.example.com/shell:1' }] },
    };
    // At a namespace's own level of Pod Security it would get no further.
    const path = '/api/v1/namespaces/falco/pods?dryRun=All';
    const { status, text, warnings } = await api.send('POST', path, pod);
    const told = stack === 'dev' ? warnings.join('\n') : (JSON.parse(text) as { message: string }).message;
    expect({ status, told }).toMatchObject({ status: stack === 'dev' ? 201 : 403 });
    expect(told).toContain("ValidatingAdmissionPolicy 'platform-");
    if (stack === 'dev') {
      expect(told).toContain('Pod falco/intruder: container shell pulls registry.example.com/shell:1.');
    }
  });

  it('keeps no generated secret in plain text in its state or work copy', async () => {
    const encoded = (await api.get('/api/v1/namespaces/velero/secrets/velero-repo-credentials'))
      .data as Record<string, string>;
    const secret = Buffer.from(encoded['repository-password'] ?? '', 'base64').toString();
    expect(secret.length).toBeGreaterThan(10);
    const { backend, project } = pathsOf(stack);
    // grep finds nothing: status 1.
    const { status, stdout } = spawnSync(
      'grep',
      ['-rlF', '--exclude-dir=.charts', secret, backend, project],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  it('leaves the checkout as it was', () => {
    const changed = execFileSync(
      'git',
      ['status', '--porcelain', '--', 'Pulumi.yaml', `Pulumi.${stack}.yaml`, '.charts'],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    );
    expect(changed).toBe('');
  });

  it('goes away without a trace; where it is protected, only when that is lifted', async () => {
    if (stack === 'prod') {
      const refused = await run('destroy');
      expect(refused.result).toBe('failed');
      expect(refused.error?.message).toMatch(/protected, so nothing was deleted: /);
      for (const name of ['argocd-crds', 'monitoring']) expect(refused.error?.message).toContain(name);
      expect(refused.error?.cure).toContain('platform:protection.enabled');
      expect((await run('preview')).changes.create).toBe(0);
    }
    const { changes, error } = await run('destroy', stack === 'prod' ? { UNPROTECT: '1' } : {});
    expect(error).toBeNull();
    expect(changes.delete).toBe(first.changes.create);
    expect(await leftovers(api)).toEqual([]);
  });
});

it('prints a table for people, with what to try next, and nothing but plain lines without a terminal', async () => {
  const home = join(state, 'home');
  mkdirSync(home);
  const env = { STACK: 'dev', PLATFORM_STATE: state, HOME: home, PLATFORM_CACHE: cacheFolder(process.env) };
  const { code, stdout } = await runCli('up', env);
  expect(code).toBe(0);
  // The cache is elsewhere, and all else that is written is the sandbox's state.
  expect(readdirSync(home)).toEqual([]);

  expect(stdout).not.toMatch(/\u001b|\r/);
  expect(stdout).toMatch(/^COMPONENT +CHART +VERSION +SOURCE +NAMESPACE +OBJECTS +SECONDS$/m);
  expect(stdout).toMatch(
    /^mesh +istiod +1\.30\.3 +(STAND-IN|cache|upstream|mirror) +istio-system +\d+ +[\d.]+$/m,
  );
  expect(stdout).toContain('Try next:');
  const again = await runCli('up', { STACK: 'dev', PLATFORM_STATE: state });
  expect(again.stdout).toContain('Nothing to do');
  expect((await runCli('destroy', { STACK: 'dev', PLATFORM_STATE: state })).code).toBe(0);
});

function pathsOf(stack: string): ReturnType<typeof stackPaths> {
  return stackPaths(stack, { PLATFORM_STATE: state });
}

function nameOf({ metadata }: KubeObject): string {
  return metadata.name;
}

/** What a cluster holds beyond what every cluster has. */
async function leftovers(api: Api): Promise<string[]> {
  const kinds: Record<string, (name: string) => boolean> = {
    '/api/v1/namespaces': (name) => !/^(default|kube-.*)$/.test(name),
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions': () => true,
    '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations': () => true,
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations': () => true,
    '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies': () => true,
    '/apis/rbac.authorization.k8s.io/v1/clusterroles': (name) =>
      !/^(system:.*|admin|edit|view|cluster-admin)$/.test(name),
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings': (name) =>
      !/^(system:.*|cluster-admin)$/.test(name),
    '/apis/apiregistration.k8s.io/v1/apiservices': (name) => name === 'v1beta1.metrics.k8s.io',
    '/api/v1/persistentvolumes': () => true,
    '/api/v1/namespaces/kube-system/configmaps': (name) => name === 'platform-owner',
    '/api/v1/namespaces/kube-system/services': () => true,
    '/api/v1/namespaces/kube-system/secrets': () => true,
  };
  const found = await Promise.all(
    Object.entries(kinds).map(async ([path, isLeft]) =>
      (await api.list(path))
        .map(nameOf)
        .filter(isLeft)
        .map((name) => `${path}/${name}`),
    ),
  );
  return found.flat();
}
