import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse, parseAllDocuments } from 'yaml';
import { crdLines } from '../../sandbox/charts/crds';
import { readFacts } from '../../sandbox/charts/facts';
import { packStandIn, standInCharts } from '../../sandbox/charts/standin';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';

interface Container {
  name: string;
  image: string;
  resources?: unknown;
  securityContext?: SecurityContext;
  ports?: { hostPort?: number }[];
}
interface SecurityContext {
  privileged?: boolean;
  allowPrivilegeEscalation?: boolean;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  seccompProfile?: { type: string };
  capabilities?: { add?: string[]; drop?: string[] };
}
interface PodSpec {
  hostNetwork?: boolean;
  hostPID?: boolean;
  volumes?: { hostPath?: unknown }[];
  securityContext?: SecurityContext;
  initContainers?: Container[];
  containers: Container[];
}
interface Rendered {
  kind: string;
  metadata: { name: string; annotations?: Record<string, string> };
  spec?: { replicas?: number; template?: { spec: PodSpec }; insecureSkipTLSVerify?: boolean };
  webhooks?: { failurePolicy: string; clientConfig: { caBundle?: string } }[];
  data?: Record<string, string>;
}

const charts = standInCharts();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('packStandIn', () => {
  test.each(charts)('makes the same bytes of %s in any folder', (chart) => {
    const one = packStandIn(chart, '1.2.3', join(folder, 'one'));
    const other = packStandIn(chart, '1.2.3', join(folder, 'other'));
    expect(one).toBe(join(folder, 'one', `${chart}-1.2.3.tgz`));
    expect(readFileSync(one).equals(readFileSync(other))).toBe(true);
  });

  test('leaves an archive alone that is what it would make, and replaces another', () => {
    const path = packStandIn('base', '1.2.3', join(folder, 'again'));
    const { ino } = statSync(path);
    expect(statSync(packStandIn('base', '1.2.3', join(folder, 'again'))).ino).toBe(ino);
    truncateSync(path, 100);
    packStandIn('base', '1.2.3', join(folder, 'again'));
    expect(readFileSync(path).equals(readFileSync(packStandIn('base', '1.2.3', join(folder, 'one'))))).toBe(
      true,
    );
  });

  test.each(charts)('says in Chart.yaml of %s that it is a stand-in', (chart) => {
    const path = packStandIn(chart, '1.2.3', folder);
    expect(parse(textOf(path, `${chart}/Chart.yaml`))).toMatchObject({
      name: chart,
      version: '1.2.3',
      description: expect.stringMatching(/^Stand-in for /) as string,
      annotations: { 'platform.dev/stand-in': 'true' },
    });
  });

  test('names the charts that have one when asked for another', () => {
    expect(() => packStandIn('no-such-chart', '1.2.3', folder)).toThrow(
      /no stand-in for chart "no-such-chart".*argo-cd, base/,
    );
  });
});

describe('a rendered stand-in', () => {
  let helm: string;

  // Where helm is neither on PATH nor to be had as a release, it is built.
  beforeAll(async () => {
    helm = (await obtainToolchain({ names: ['helm'] })).get('helm')!.path;
  }, 900_000);

  const render = (chart: string, sets: string[] = [], release = 'rel', apis: string[] = []): Rendered[] => {
    const path = packStandIn(chart, '1.2.3', folder);
    const options = ['-n', 'ns', '--kube-version', '1.36.3', '--include-crds'];
    const more = [
      ...sets.flatMap((set) => ['--set', set]),
      ...apis.flatMap((api) => ['--api-versions', api]),
    ];
    const text = execFileSync(helm, ['template', release, path, ...options, ...more], { encoding: 'utf8' });
    expect(text).not.toMatch(/\$[a-z]/);
    return parseAllDocuments(text, { merge: true }).flatMap(
      (found) => (found.toJS() as Rendered | null) ?? [],
    );
  };
  const keys = (found: Rendered[]): string[] => found.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const one = (found: Rendered[], key: string): Rendered =>
    found.find(({ kind, metadata }) => `${kind} ${metadata.name}` === key) ?? {
      kind: 'none',
      metadata: { name: key },
    };
  const podOf = (found: Rendered[], key: string): PodSpec => one(found, key).spec!.template!.spec;
  const crds = (found: Rendered[]): string[] =>
    found.flatMap(({ kind, metadata }) => (kind === 'CustomResourceDefinition' ? [metadata.name] : []));

  describe.each(charts)('of %s', (chart) => {
    const { upstream } = readFacts(chart);
    let found: Rendered[];
    beforeAll(() => {
      found = render(chart);
    });

    test('has as many objects of each kind as upstream', () => {
      const counts = new Map<string, number>();
      for (const { kind } of found) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
      expect(sorted.map(([kind, count]) => `${kind} ${count}`)).toEqual(upstream.kinds.trim().split(', '));
      expect(new Set(keys(found)).size).toBe(found.length);
    });

    test("has upstream's custom resource definitions, or none", () => {
      const known = crdLines(readFacts(chart)).map(([name]) => name);
      if (crds(found).length > 0) expect(crds(found).sort()).toEqual(known.sort());
    });

    test("has upstream's hooks", () => {
      const hooks = found.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook']);
      expect(hooks).toHaveLength(upstream.hooks);
    });

    test("has upstream's webhooks and failure policies, and leaves the caBundle to its controller", () => {
      const policies = found.flatMap(({ webhooks }) => webhooks ?? []);
      const counts: Record<string, number> = {};
      for (const { failurePolicy } of policies) counts[failurePolicy] = (counts[failurePolicy] ?? 0) + 1;
      expect(counts).toEqual(upstream.webhooks);
      expect(policies.filter(({ clientConfig }) => clientConfig.caBundle)).toEqual([]);
    });

    test("has upstream's images", () => {
      const images = found.flatMap((object) => containersOf(object).map(({ image }) => image));
      expect([...new Set(images)].sort()).toEqual(upstream.images);
    });

    test('needs the pod-security level that upstream needs', () => {
      const levels: Record<string, string[]> = { baseline: [], privileged: [] };
      for (const { kind, metadata, spec } of found) {
        if (spec?.template?.spec) levels[levelOf(spec.template.spec)]?.push(`${kind} ${metadata.name}`);
      }
      expect(levels).toEqual(upstream.podSecurity);
    });
  });

  test.each([
    ['argo-cd', 'argocd', 'Deployment argocd-server'],
    ['cert-manager', 'cert-manager', 'Deployment cert-manager-webhook'],
    ['kube-prometheus-stack', 'monitoring', 'Prometheus monitoring-kube-prometheus-prometheus'],
    ['gateway', 'istio-ingress', 'Deployment istio-ingress'],
    ['velero', 'velero', 'Service velero'],
  ])('of %s, released as %s, has %s', (chart, release, key) => {
    expect(keys(render(chart, [], release))).toContain(key);
  });

  test('takes another name from fullnameOverride and nameOverride', () => {
    expect(keys(render('metrics-server', ['fullnameOverride=mine']))).toContain('Deployment mine');
    expect(keys(render('metrics-server', ['nameOverride=other']))).toContain('Deployment rel-other');
  });

  test.each([
    ['argo-cd', 'crds.install=false'],
    ['kube-prometheus-stack', 'crds.enabled=false'],
  ])('of %s has no definitions with %s', (chart, set) => {
    expect(crds(render(chart, [set]))).toEqual([]);
  });

  test('has the definitions that a value asks for, kept on uninstall unless a value says no', () => {
    const found = render('cert-manager', ['crds.enabled=true']);
    expect(crds(found)).toContain('certificates.cert-manager.io');
    const kept = (object: Rendered): string | undefined =>
      object.metadata.annotations?.['helm.sh/resource-policy'];
    const definition = 'CustomResourceDefinition certificates.cert-manager.io';
    expect(kept(one(found, definition))).toBe('keep');
    expect(
      kept(one(render('cert-manager', ['crds.enabled=true', 'crds.keep=false']), definition)),
    ).toBeUndefined();
  });

  test('of base keeps its definitions without enableCRDTemplates, as upstream does; excludedCRDs drops them', () => {
    expect(crds(render('base', ['base.enableCRDTemplates=false']))).toHaveLength(15);
    const name = 'sidecars.networking.istio.io';
    expect(crds(render('base', [`base.excludedCRDs={${name}}`]))).not.toContain(name);
  });

  test.each([
    ['gatekeeper', 'replicas', 'Deployment gatekeeper-controller-manager'],
    ['argo-cd', 'server.replicas', 'Deployment rel-argocd-server'],
    ['cert-manager', 'webhook.replicaCount', 'Deployment rel-cert-manager-webhook'],
    ['kube-prometheus-stack', 'grafana.replicas', 'Deployment rel-grafana'],
  ])('of %s takes replicas from %s', (chart, path, key) => {
    expect(one(render(chart, [`${path}=7`]), key).spec?.replicas).toBe(7);
  });

  test('takes a false over a true, and merges resources', () => {
    const sets = ['securityContext.readOnlyRootFilesystem=false', 'resources.limits.memory=1Gi'];
    const [container] = podOf(render('metrics-server', sets), 'Deployment rel-metrics-server').containers;
    expect(container?.securityContext).toMatchObject({ readOnlyRootFilesystem: false, runAsNonRoot: true });
    expect(container?.resources).toEqual({
      limits: { memory: '1Gi' },
      requests: { cpu: '100m', memory: '200Mi' },
    });
  });

  test('takes images from a registry of the site', () => {
    const found = render('kube-prometheus-stack', ['global.imageRegistry=mirror.example.com']);
    const images = found.flatMap((object) => containersOf(object).map(({ image }) => image));
    const others = images.filter((image) => !image.startsWith('mirror.example.com/'));
    expect(others).toEqual([]);
  });

  test('has budgets and monitors on the flags that upstream has them on', () => {
    const budget = 'PodDisruptionBudget rel-argocd-server';
    expect(keys(render('argo-cd'))).not.toContain(budget);
    expect(keys(render('argo-cd', ['server.pdb.enabled=true']))).toContain(budget);
    const monitor = 'ServiceMonitor rel-argocd-server';
    const sets = ['server.metrics.enabled=true', 'server.metrics.serviceMonitor.enabled=true'];
    expect(keys(render('argo-cd', sets))).not.toContain(monitor);
    expect(keys(render('argo-cd', sets, 'rel', ['monitoring.coreos.com/v1']))).toContain(monitor);
  });

  test('of metrics-server has a certificate in place of insecureSkipTLSVerify when asked', () => {
    const api = 'APIService v1beta1.metrics.k8s.io';
    expect(one(render('metrics-server'), api).spec?.insecureSkipTLSVerify).toBe(true);
    const found = render('metrics-server', [
      'tls.type=cert-manager',
      'apiService.insecureSkipTLSVerify=false',
    ]);
    expect(one(found, api).spec?.insecureSkipTLSVerify).toBeUndefined();
    expect(one(found, api).metadata.annotations).toEqual({
      'cert-manager.io/inject-ca-from': 'ns/rel-metrics-server',
    });
    expect(keys(found)).toContain('Certificate rel-metrics-server');
  });

  test('makes a password for Grafana unless it is given one or a Secret', () => {
    const secret = (sets: string[]): Rendered =>
      one(render('kube-prometheus-stack', sets), 'Secret rel-grafana');
    const password = (sets: string[]): string | undefined => secret(sets).data?.['admin-password'];
    expect(password([])).not.toBe(password([]));
    expect(password(['grafana.adminPassword=given'])).toBe(Buffer.from('given').toString('base64'));
    expect(secret(['grafana.admin.existingSecret=mine']).kind).toBe('none');
  });

  test('of falco loses the driver loader and its privilege with the modern probe', () => {
    const pod = podOf(
      render('falco', ['driver.kind=modern_ebpf', 'driver.modernEbpf.leastPrivileged=true']),
      'DaemonSet rel-falco',
    );
    expect(pod.initContainers?.map(({ name }) => name)).toEqual(['falcoctl-artifact-install']);
    expect(pod.containers[0]?.securityContext).toEqual({
      capabilities: { add: ['BPF', 'SYS_RESOURCE', 'PERFMON', 'SYS_PTRACE'] },
    });
  });

  test('renders one object for each item of a list or map', () => {
    const found = render('velero', [
      'schedules.daily.schedule=0 1 * * *',
      'schedules.weekly.schedule=0 1 * * 0',
    ]);
    expect(keys(found)).toEqual(
      expect.arrayContaining(['Schedule rel-velero-daily', 'Schedule rel-velero-weekly']),
    );
  });

  test.each(charts)('of %s takes values it does not know, and none where it has some', (chart) => {
    const sets = [
      'no.such.key=1',
      'global=null',
      'resources=null',
      'image=null',
      'server=null',
      'crds.other=2',
    ];
    expect(render(chart, sets).length).toBeGreaterThan(0);
  });
});

function containersOf({ spec }: Rendered): Container[] {
  const pod = spec?.template?.spec;
  return pod ? [...(pod.initContainers ?? []), ...pod.containers] : [];
}

const baselineCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);

/** The Pod Security level that a pod needs, by those checks that tell the charts' pods apart. */
function levelOf(pod: PodSpec): 'privileged' | 'baseline' | 'restricted' {
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  const fromHost =
    pod.hostNetwork ?? pod.hostPID ?? pod.volumes?.some(({ hostPath }) => hostPath !== undefined);
  if (fromHost === true || containers.some(isPrivileged)) return 'privileged';
  return containers.every((container) => isRestricted(container, pod)) ? 'restricted' : 'baseline';
}

function isPrivileged({ ports, securityContext }: Container): boolean {
  const added = securityContext?.capabilities?.add ?? [];
  const onHost = ports?.some(({ hostPort }) => hostPort !== undefined) ?? false;
  return (
    securityContext?.privileged === true || onHost || added.some((each) => !baselineCapabilities.has(each))
  );
}

function isRestricted({ securityContext: own = {} }: Container, pod: PodSpec): boolean {
  const both = { ...pod.securityContext, ...own };
  const { add = [], drop = [] } = own.capabilities ?? {};
  return (
    own.allowPrivilegeEscalation === false &&
    both.runAsNonRoot === true &&
    both.runAsUser !== 0 &&
    both.seccompProfile?.type === 'RuntimeDefault' &&
    drop.includes('ALL') &&
    add.every((each) => each === 'NET_BIND_SERVICE')
  );
}

/** Text of one file in a gzipped tar. */
function textOf(archive: string, path: string): string {
  const bytes = gunzipSync(readFileSync(archive));
  for (let at = 0; at < bytes.length;) {
    const name = bytes.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(bytes.toString('utf8', at + 124, at + 136), 8) || 0;
    if (name === path) return bytes.toString('utf8', at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`${archive}: no ${path}`);
}
