import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { JsonReport } from '../../sandbox/engine/print';
import { stackPaths } from '../../sandbox/paths';
import { untilGone } from '../../sandbox/engine/stuck';
import { Api } from '../../sandbox/plane/api';
import { deletePlane } from '../../sandbox/plane/plane';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';
import { Checkout } from '../helpers/checkout';
import { ROOT, runCli, runJson } from '../helpers/cli';
import { eventually } from '../helpers/plane';
import { expectClear } from '../helpers/refusal';

/** What a stack keeps while it lives: secrets, what controllers fill in, and its own objects against drift. */

jest.setTimeout(600_000);

const STACK = 'dev';
let state: string;
let api: Api;
/** Command lines that were seen while the stack came up. */
const seen = new Set<string>();
let output = '';
const env = (): Record<string, string> => ({ STACK, PLATFORM_STATE: state });
const paths = (): ReturnType<typeof stackPaths> => stackPaths(STACK, { PLATFORM_STATE: state });
const run = (command: string): Promise<JsonReport> => runJson(command, env());

const NONE = { create: 0, update: 0, replace: 0, delete: 0 };

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'platform-live-'));
  const watch = setInterval(() => {
    for (const line of execFileSync('ps', ['-axww', '-o', 'args='], { encoding: 'utf8' }).split('\n'))
      seen.add(line);
  }, 250);
  const { code, stdout, stderr } = await runCli('up', env());
  clearInterval(watch);
  output = stdout + stderr;
  expect({ code, output }).toMatchObject({ code: 0 });
  api = Api.fromFile(join(paths().plane, 'kubeconfig'));
});
afterAll(async () => {
  api.close();
  await deletePlane(paths().plane);
  rmSync(state, { recursive: true, force: true });
});

describe('secrets', () => {
  /** Every secret of the stack in plain text: those of its configuration, and those that it generated. */
  async function canaries(): Promise<string[]> {
    const { path } = (await obtainToolchain({ names: ['pulumi'] })).get('pulumi')!;
    const pulumi = (...args: string[]): string =>
      execFileSync(path, args, {
        cwd: paths().project,
        encoding: 'utf8',
        maxBuffer: 256 * 1024 * 1024,
        env: {
          ...process.env,
          PULUMI_BACKEND_URL: `file://${paths().backend}?metadata=skip`,
          PULUMI_HOME: paths().home,
          PULUMI_CONFIG_PASSPHRASE_FILE: paths().passphrase,
          PULUMI_SKIP_UPDATE_CHECK: 'true',
        },
      });
    const config = JSON.parse(pulumi('config', '--show-secrets', '--json', '--stack', STACK)) as Record<
      string,
      { value?: string; objectValue?: unknown; secret: boolean }
    >;
    const exported = JSON.parse(pulumi('stack', 'export', '--show-secrets', '--stack', STACK)) as {
      deployment: { resources: { type: string; outputs?: { result?: { plaintext?: string } } }[] };
    };
    const generated = exported.deployment.resources
      .filter(({ type }) => type === 'random:index/randomPassword:RandomPassword')
      .map(({ outputs }) => JSON.parse(outputs?.result?.plaintext ?? '""') as string);
    // Those of the configuration are what the sandbox generated: 32 hexadecimal digits.
    const configured = [...JSON.stringify(config).matchAll(/\b[0-9a-f]{32}\b/g)].map(([text]) => text);
    expect(generated.length).toBeGreaterThan(1);
    expect(configured.length).toBeGreaterThan(2);
    return [...new Set([...generated, ...configured])];
  }

  it('are nowhere in plain text: state, logs, files of the run, output, process list, the API server’s store', async () => {
    const all = await canaries();
    const forms = all.flatMap((canary) => [
      canary,
      Buffer.from(canary).toString('base64').replace(/=+$/, ''),
    ]);
    // grep finds nothing: status 1. A passphrase is the key of the state, and is not in it.
    const { status, stdout } = spawnSync('grep', ['-rlaF', ...forms.flatMap((form) => ['-e', form]), state], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(seen.size).toBeGreaterThan(20);
    for (const form of forms) {
      expect([...seen].filter((line) => line.includes(form)).map((line) => line.slice(0, 200))).toEqual([]);
      expect(output).not.toContain(form);
    }
  });

  it('the search itself finds what is there', () => {
    const { status } = spawnSync('grep', ['-rlaF', '-e', 'platform-owner', state], { encoding: 'utf8' });
    expect(status).toBe(0);
  });
});

describe('drift', () => {
  it('made by hand is shown by refresh, object by object, and mended by the next `up`', async () => {
    const policy = '/apis/networking.k8s.io/v1/namespaces/app/networkpolicies/default-deny';
    const kept = '/api/v1/namespaces/kube-system/configmaps/platform-settings';
    const autoscaler = '/apis/autoscaling/v2/namespaces/app/horizontalpodautoscalers/app';
    const namespace = '/api/v1/namespaces/app';
    const merge = { contentType: 'application/merge-patch+json' };
    await api.call('DELETE', policy);
    await api.call('PATCH', kept, { data: { 'mesh.mode': 'off' } }, merge);
    await api.call('PATCH', autoscaler, { spec: { maxReplicas: 99 } }, merge);
    await api.call(
      'PATCH',
      namespace,
      { metadata: { labels: { 'pod-security.kubernetes.io/warn': null } } },
      merge,
    );

    const { code, stdout } = await runCli('refresh', env());
    expect(code).toBe(0);
    for (const name of ['NetworkPolicy', 'ConfigMap', 'HorizontalPodAutoscaler', 'Namespace']) {
      expect(stdout).toMatch(new RegExp(`^ +[-~] .*${name} `, 'm'));
    }
    // The setting on the cluster is not what the stack's is: that is drift too, and not a change of settings.
    const refused = await run('up');
    expect(refused.error?.message).toMatch(/platform:mesh\.mode is "off" on the live cluster/);
    await api.call('PATCH', kept, { data: { 'mesh.mode': 'managed' } }, merge);

    const mended = await run('up');
    expect({ error: mended.error, changes: mended.changes }).toMatchObject({ error: null });
    expect((await api.get(policy)).metadata.name).toBe('default-deny');
    expect((await api.get(autoscaler)).spec).not.toMatchObject({ maxReplicas: 99 });
    expect((await api.get(namespace)).metadata.labels).toHaveProperty(['pod-security.kubernetes.io/warn']);
    for (const command of ['refresh', 'preview']) expect((await run(command)).changes).toMatchObject(NONE);
  });
});

describe('drift inside a release', () => {
  const argocd = '/apis/apps/v1/namespaces/argocd/deployments';
  const merge = { contentType: 'application/merge-patch+json' };
  const ofRelease = async (list: string): Promise<string> => {
    const objects = await api.list(list);
    const own = objects.filter(
      ({ metadata }) => metadata.annotations?.['meta.helm.sh/release-name'] === 'argocd',
    );
    return `${list}/${own[0]!.metadata.name}`;
  };

  const drift = async (
    ...args: string[]
  ): Promise<{ status: number | null; stdout: string; stderr: string }> => {
    const { path } = (await obtainToolchain({ names: ['kubectl'] })).get('kubectl')!;
    return spawnSync('npm', ['run', '--silent', 'drift', '--', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      env: {
        ...process.env,
        KUBECONFIG: join(paths().plane, 'kubeconfig'),
        PATH: [dirname(path), process.env.PATH].join(delimiter),
      },
    });
  };

  it('is shown by refresh, field by field, and set back by the next `up`; what others add to an object stays', async () => {
    const scaled = await ofRelease(argocd);
    const gone = await ofRelease('/api/v1/namespaces/argocd/services');
    const edited = await ofRelease('/api/v1/namespaces/argocd/configmaps');
    const labels = await ofRelease('/apis/rbac.authorization.k8s.io/v1/clusterroles');
    const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/applications.argoproj.io';
    await api.call('PATCH', scaled, { spec: { replicas: 7 } }, merge);
    await api.call('DELETE', gone);
    await api.call('PATCH', edited, { data: { 'added-by-hand': 'stays' } }, merge);
    const label = 'app.kubernetes.io/managed-by';
    await api.call('PATCH', labels, { metadata: { labels: { [label]: null } } }, merge);
    await api.call('PATCH', definition, { spec: { names: { shortNames: ['other'] } } }, merge);

    const { code, stdout } = await runCli('refresh', env());
    expect(code).toBe(0);
    const nameOf = (path: string): string => path.split('/').at(-1)!;
    for (const line of [
      `~ release argocd/argocd: Deployment argocd/${nameOf(scaled)} differs in spec.replicas`,
      `~ release argocd/argocd: Service argocd/${nameOf(gone)} is gone`,
      `~ release argocd/argocd: ClusterRole ${nameOf(labels)} differs in metadata.labels["${label}"]`,
      'CustomResourceDefinition applications.argoproj.io differs in spec.names.shortNames',
    ]) {
      expect(stdout).toContain(line);
    }
    expect(stdout).toMatch(/^refresh of dev: 3 updated, 1 deleted; /m);

    // By the command that needs nothing but kubectl: one of the releases, and the other by `up`.
    expect(await drift('argocd/argocd')).toMatchObject({ status: 1 });
    const ofDefinition = /~ release (\S+): CustomResourceDefinition/.exec(stdout)![1]!;
    expect(await drift('--repair', ofDefinition)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/spec\.names\.shortNames: set back$/m) as unknown,
    });
    expect(await drift(ofDefinition)).toMatchObject({ status: 0, stdout: 'no drift\n' });
    expect(await drift('app/none')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('release app/none is not deployed') as unknown,
    });

    const mended = await run('up');
    expect(mended.error).toBeNull();
    expect(mended.drift).toHaveLength(3);
    expect(mended.changes).toMatchObject({ ...NONE, create: 1, update: 2 });
    expect((await api.get(scaled)).spec).not.toMatchObject({ replicas: 7 });
    const { metadata } = await api.get(gone);
    expect(metadata.annotations).toMatchObject({ 'meta.helm.sh/release-name': 'argocd' });
    expect((await api.get(labels)).metadata.labels).toMatchObject({ [label]: 'Helm' });
    expect((await api.get(edited)).data).toMatchObject({ 'added-by-hand': 'stays' });
    expect(JSON.stringify((await api.get(definition)).spec)).not.toContain('"other"');
    for (const command of ['refresh', 'up']) expect((await run(command)).changes).toMatchObject(NONE);
  });

  it('that can’t be set back is told, object by object', async () => {
    const scaled = await ofRelease(argocd);
    const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
    const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
    await api.call('PATCH', scaled, { spec: { replicas: 7 } }, merge);
    await api.call('POST', policies, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'frozen' },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'], operations: ['UPDATE'] },
          ],
        },
        validations: [
          { expression: 'request.dryRun || object.spec.replicas == 7', message: 'frozen by hand' },
        ],
      },
    });
    await api.call('POST', bindings, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'frozen' },
      spec: { policyName: 'frozen', validationActions: ['Deny'] },
    });
    try {
      await eventually(async () => {
        const tried = api.call('PATCH', scaled, { spec: { replicas: 8 } }, merge);
        return tried.then(
          () => false,
          (error: unknown) => String(error).includes('frozen by hand'),
        );
      }, 'the policy to be in force');
      const { error } = await run('up');
      expect(error?.message).toMatch(
        /Deployment argocd\/\S+ differs in spec\.replicas, and could not be set back: .*frozen by hand/,
      );
      expectClear(error!);
    } finally {
      await api.call('DELETE', `${bindings}/frozen`);
      await api.call('DELETE', `${policies}/frozen`);
    }
    await eventually(async () => (await run('up')).error === null, 'it to be set back');
  });
});

describe('what controllers fill in', () => {
  it('is neither shown as drift nor undone: the bundle of a webhook, the replicas that an autoscaler set', async () => {
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
    const [webhook] = (await api.list(path)).filter(({ metadata }) => metadata.name.includes('gatekeeper'));
    const bundle = Buffer.from('a bundle that a controller made').toString('base64');
    const count = (webhook!.webhooks as unknown[]).length;
    const inject = Array.from({ length: count }, (_, index) => ({
      op: 'add',
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value: bundle,
    }));
    const url = `${path}/${webhook!.metadata.name}`;
    await api.call('PATCH', url, inject, { contentType: 'application/json-patch+json' });
    const scale = '/apis/apps/v1/namespaces/app/deployments/app/scale';
    // The autoscaler's smallest number is what it goes back to by itself.
    const autoscaler = '/apis/autoscaling/v2/namespaces/app/horizontalpodautoscalers/app';
    const { minReplicas } = (await api.get(autoscaler)).spec as { minReplicas: number };
    await api.call(
      'PATCH',
      scale,
      { spec: { replicas: minReplicas + 1 } },
      {
        contentType: 'application/merge-patch+json',
      },
    );
    for (const command of ['refresh', 'up', 'preview']) {
      const { changes, error } = await run(command);
      expect({ command, error, changes }).toMatchObject({ command, error: null, changes: NONE });
    }
    const bundles = ((await api.get(url)).webhooks as { clientConfig: { caBundle: string } }[]).map(
      ({ clientConfig }) => clientConfig.caBundle,
    );
    expect(bundles).toEqual(Array.from({ length: count }, () => bundle));
  });
});

describe('what can’t be made anew without loss', () => {
  it('is refused by the plan of preview and `up`, untouched, with the reason; the setting lets it through', async () => {
    const checkout = new Checkout();
    try {
      const file = 'components/foundation/namespace.ts';
      const renamed = checkout
        .read(file)
        .replace(
          'metadata: {\n          name,',
          "metadata: {\n          name: name === 'app' ? 'other' : name,",
        );
      expect(renamed).not.toBe(checkout.read(file));
      checkout.write(file, renamed);
      const before = await api.get('/api/v1/namespaces/app');
      for (const command of ['preview', 'up']) {
        const { error } = await runJson(command, env(), checkout.root);
        expect(error?.message).toMatch(
          /^ {2}Namespace app: metadata\.name can't change while it is there; everything in it is deleted/m,
        );
        expectClear(error!);
        expect(error?.cure).toContain(
          'platform:protection.allowReplacements in Pulumi.dev.yaml to ["Namespace app"]',
        );
      }
      expect((await api.get('/api/v1/namespaces/app')).metadata.uid).toBe(before.metadata.uid);
      expect((await api.list('/api/v1/namespaces')).map(({ metadata }) => metadata.name)).not.toContain(
        'other',
      );

      checkout.set(STACK, 'protection', { allowReplacements: ['Namespace app'] });
      const { changes, error } = await runJson('preview', env(), checkout.root);
      expect(error).toBeNull();
      expect(changes.replace).toBeGreaterThan(0);
    } finally {
      checkout.delete();
    }
  });
});

describe('destroy', () => {
  it('names what nobody lets go of, goes on with the rest, and ends clean once it is let go', async () => {
    const finalizers = ['example.com/never'];
    // One in a release's own CRD, made by somebody in a namespace of the stack; and one on a namespace itself.
    const certificates = '/apis/cert-manager.io/v1/namespaces/app/certificates';
    await api.call('POST', certificates, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'held', finalizers },
      spec: { secretName: 'held', issuerRef: { name: 'none' } },
    });
    const merge = { contentType: 'application/merge-patch+json' };
    await api.call('PATCH', '/api/v1/namespaces/velero', { metadata: { finalizers } }, merge);

    const { stdout, stderr } = await runCli('destroy', { ...env(), OUTPUT: 'json' });
    const { error, result } = JSON.parse(stdout) as JsonReport;
    expect(result).toBe('failed');
    // Told while the rest is being deleted, not at the end of all waiting.
    expect(stderr).toMatch(
      /^ *[\d.]+ s {2}Certificate app\/held is being deleted, and held by its finalizer/m,
    );
    expect(error?.message).toMatch(
      /Certificate app\/held is being deleted, and held by its finalizer example\.com\/never/,
    );
    expect(error?.message).toMatch(
      /Namespace velero is being deleted, and held by its finalizer example\.com\/never/,
    );
    // The rest is gone.
    const names = (await api.list('/api/v1/namespaces')).map(({ metadata }) => metadata.name);
    expect(names.filter((name) => !/^(default|kube-.*)$/.test(name)).sort()).toEqual(['app', 'velero']);

    await api.call('PATCH', `${certificates}/held`, { metadata: { finalizers: null } }, merge);
    await api.call('PATCH', '/api/v1/namespaces/velero', { metadata: { finalizers: null } }, merge);
    await eventually(
      async () => (await api.list('/api/v1/namespaces')).every(({ metadata }) => metadata.name !== 'velero'),
      'the namespace to go',
    );
    const again = await run('destroy');
    expect(again.error).toBeNull();
    const crds = await api.list('/apis/apiextensions.k8s.io/v1/customresourcedefinitions');
    expect(crds).toEqual([]);
  });

  it('is over when all is gone, and not while something is still being deleted', async () => {
    const configMaps = '/api/v1/namespaces/default/configmaps';
    await api.call('POST', configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'held', finalizers: ['example.com/never'] },
    });
    await api.call('DELETE', `${configMaps}/held`);
    await expect(untilGone(STACK, api, 1)).rejects.toThrow(
      /not all of it is gone:\n {2}ConfigMap default\/held is being deleted, and held by its finalizer example\.com\/never/,
    );
    const gone = untilGone(STACK, api);
    const merge = { contentType: 'application/merge-patch+json' };
    await api.call('PATCH', `${configMaps}/held`, { metadata: { finalizers: null } }, merge);
    await gone;
    const left = await api.list(configMaps);
    expect(left.map(({ metadata }) => metadata.name)).not.toContain('held');
  });
});
