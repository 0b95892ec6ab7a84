import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { archiveName, CATALOGUE, type ChartName, crdsArchiveName } from '../../components/catalogue';
import { unpackArchive } from '../../policy/archive';
import { sha256Of } from '../../components/charts/files';
import { resolveCharts } from '../../components/charts/resolve';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';
import { chartArchive, failureOf, setUp } from './charts-support';

interface Manifest {
  kind: string;
  metadata: { name: string; annotations?: object };
  spec?: { description?: string };
  status?: unknown;
}

const POLICIES = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];
const { host, place } = setUp();
let helm: string;

// Where helm is neither on PATH nor to be had as a release, it is built.
beforeAll(async () => {
  helm = (await obtainToolchain({ names: ['helm'] })).get('helm')!.path;
}, 900_000);

function definition(name: string, more: object = {}): string {
  const metadata = { name: `${name}.example.com`, annotations: { 'helm.sh/resource-policy': 'keep' } };
  const base = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata };
  return JSON.stringify({ ...base, status: { conditions: [] }, ...more });
}

function policy(kind: string, version: string): string {
  return JSON.stringify({
    apiVersion: `admissionregistration.k8s.io/${version}`,
    kind,
    metadata: { name: 'guard' },
  });
}

async function derive(
  chart: ChartName,
  files: Record<string, string>,
  kubernetesVersion = '1.36',
): Promise<string> {
  place.put(place.mirror, chart, chartArchive(chart, files));
  await resolveCharts(place.options([chart], { mirror: place.mirror, helm, kubernetesVersion }));
  return join(place.folder, crdsArchiveName(chart));
}

function render(archive: string): Manifest[] {
  const text = execFileSync(helm, ['template', 'any', archive, '--kube-version', '1.36.0']).toString();
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

describe("the chart of a chart's CRDs", () => {
  it('prints those of templates, crds folder and subcharts as they are, and nothing else', async () => {
    const description = 'Set {{ .Values.name }} or {{ fail "no" }}, then\n---\ngo on';
    const archive = await derive('gatekeeper', {
      'crds/a.yaml': `# a\n${definition('as', { spec: { description } })}`,
      'templates/b.yaml': `---\n${definition('bs')}\n---\n${JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } })}`,
      'templates/policy.yaml': policy('ValidatingAdmissionPolicy', 'v1'),
      'charts/sub/Chart.yaml': JSON.stringify({ apiVersion: 'v2', name: 'sub', version: '1.0.0' }),
      'charts/sub/crds/d.yaml': definition('ds'),
    });
    const manifests = render(archive);
    expect(manifests.map(({ metadata }) => metadata.name).sort()).toEqual(
      ['as', 'bs', 'ds'].map((n) => `${n}.example.com`),
    );
    expect(manifests.every(({ metadata, status }) => !metadata.annotations && status === undefined)).toBe(
      true,
    );
    expect(manifests.find(({ spec }) => spec)?.spec?.description).toBe(description);
  });

  it("has the chart's version, and its manifests in a subchart, which helm does not keep twice", async () => {
    const archive = await derive('gatekeeper', { 'crds/a.yaml': definition('as') });
    const files = unpackArchive(readFileSync(archive));
    const { name, version } = JSON.parse(files.get('Chart.yaml')!.toString()) as {
      name: string;
      version: string;
    };
    expect([name, version]).toEqual(['gatekeeper-crds', CATALOGUE.gatekeeper.version]);
    expect([...files.keys()].filter((path) => !path.startsWith('charts/objects/'))).toEqual(['Chart.yaml']);
    expect(files.has('charts/objects/manifests/CustomResourceDefinition/as.example.com.json')).toBe(true);
  });

  it('holds admission policies of version v1 where the chart is nothing but CRDs', async () => {
    const archive = await derive('projectcalico.org.v3', {
      'templates/a.yaml': [
        definition('as'),
        ...POLICIES.map((kind) => policy(kind, 'v1')),
        policy('MutatingAdmissionPolicy', 'v1beta1'),
      ].join('\n---\n'),
    });
    expect(
      render(archive)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['CustomResourceDefinition', ...POLICIES]);
  });

  it('is rendered with the values of the row', async () => {
    const archive = await derive('cert-manager', {
      'values.yaml': 'crds: { enabled: false }',
      'templates/a.yaml': `{{ if .Values.crds.enabled }}\n${definition('as')}\n{{ end }}`,
    });
    expect(render(archive)).toHaveLength(1);
  });

  it('has the same bytes each time, is kept while its input is the same and made anew when it is not', async () => {
    const files = {
      'templates/a.yaml': definition('as', { spec: { served: '{{ .Capabilities.KubeVersion }}' } }),
    };
    const archive = await derive('velero', files);
    const [bytes, { ino }] = [readFileSync(archive), statSync(archive)];
    await derive('velero', files, '1.36.0');
    expect(statSync(archive).ino).toBe(ino);
    rmSync(archive);
    await derive('velero', files);
    expect(readFileSync(archive).equals(bytes)).toBe(true);
    await derive('velero', files, '1.35');
    expect(JSON.stringify(render(archive))).toContain('v1.35.0');
  });

  it('is kept for other projects, and made anew where what is kept is not what was made', async () => {
    const files = { 'templates/a.yaml': definition('as') };
    const archive = await derive('velero', files);
    const bytes = readFileSync(archive);
    const [kept] = readdirSync(join(place.cache, 'crds'));
    const told = (): string[] => place.events.filter((event) => event.includes("objects of its CRDs' chart"));
    expect(told()).toHaveLength(1);
    // Another project of the same user.
    rmSync(place.folder, { recursive: true });
    await derive('velero', files);
    expect(told()).toHaveLength(1);
    expect(readFileSync(archive).equals(bytes)).toBe(true);

    writeFileSync(join(place.cache, 'crds', kept!), 'something else');
    rmSync(place.folder, { recursive: true });
    await derive('velero', files);
    expect(told()).toHaveLength(2);
    expect(readFileSync(archive).equals(bytes)).toBe(true);
  });

  it('is not made of a chart without CRDs, or one that does not render', async () => {
    const empty = await failureOf(derive('velero', {}));
    expect(empty.message).toContain('expected CustomResourceDefinitions in the render of');
    const broken = await failureOf(derive('velero', { 'templates/a.yaml': '{{ fail "needs a bucket" }}' }));
    expect(broken.message).toContain('needs a bucket');
    expect(place.placed()).not.toContain(crdsArchiveName('velero'));
  });

  it('is not made where it would be too large for a Helm release', async () => {
    const noise = Array.from({ length: 25_000 }, (_, index) => sha256Of(String(index))).join('');
    const error = await failureOf(derive('velero', { 'crds/a.yaml': definition('as', { spec: { noise } }) }));
    expect(error.message).toMatch(/make a Helm release of \d+ bytes; Kubernetes takes 1048576/);
  });
});

describe('a chart that names the Kubernetes versions it takes', () => {
  const resolve = (kubeVersion: string, kubernetesVersion = '1.36'): ReturnType<typeof resolveCharts> => {
    place.put(place.mirror, 'gateway', chartArchive('gateway', {}, { kubeVersion }));
    return resolveCharts(place.options(['gateway'], { mirror: place.mirror, helm, kubernetesVersion }));
  };

  it.each(['>=1.25.0-0', '>= 1.22.0-0', '^1.25.0-0', '>= 1.30, < 1.40'])(
    'such as %s passes',
    async (range) => {
      expect(await resolve(range)).toHaveLength(1);
    },
  );

  it.each(['>=1.99.0', '<1.30.0-0', 'nonsense'])(
    'such as %s is refused before it is placed',
    async (range) => {
      const error = await failureOf(resolve(range));
      expect(error.message).toMatch(
        /^chart gateway .*expected a kubeVersion that takes Kubernetes 1\.36, found "/,
      );
      expect(error.message).toContain(`found "${range}"`);
      expect(error.cure).toContain('platform:cluster.kubernetesVersion');
      expect(place.placed()).toEqual([]);
    },
  );

  it('is judged again when the version has changed, and only then', async () => {
    await resolve('<1.37.0-0');
    const again = place.options(['gateway'], { mirror: place.mirror, kubernetesVersion: '1.36' });
    expect(await resolveCharts(again)).toHaveLength(1);
    expect((await failureOf(resolve('<1.37.0-0', '1.37'))).message).toContain('takes Kubernetes 1.37');
  });
});

describe('helm itself', () => {
  const bytes = chartArchive('gateway');
  const version = CATALOGUE.gateway.version;

  it('pulls from an upstream repository', async () => {
    const entry = { name: 'gateway', version, apiVersion: 'v2', urls: [`files/${archiveName('gateway')}`] };
    host.routes.set(
      '/charts/index.yaml',
      JSON.stringify({ apiVersion: 'v1', entries: { gateway: [entry] } }),
    );
    host.routes.set(`/charts/files/${archiveName('gateway')}`, bytes);
    const options = place.options(['gateway'], { helm, repository: () => `${host.base}/charts` });
    expect(await resolveCharts(options)).toMatchObject([{ source: 'upstream', sha256: sha256Of(bytes) }]);
    host.asked.length = 0;
    const lacks = await failureOf(resolveCharts({ ...options, charts: ['cni'] }));
    expect(lacks.message).toContain('"cni"');
    expect(host.asked).toEqual(['/charts/index.yaml']);
  });

  it('pulls from an OCI mirror', async () => {
    serveOci('/v2/mirror/charts/gateway', version, bytes);
    const mirror = `${host.base.replace('http:', 'oci:')}/mirror/charts`;
    const [archive] = await resolveCharts(place.options(['gateway'], { helm, mirror }));
    expect(archive).toMatchObject({ source: 'mirror', sha256: sha256Of(bytes) });
    const error = await failureOf(resolveCharts(place.options(['cni'], { helm, mirror })));
    expect(error.message).toContain(
      `expected ${mirror}/cni:${CATALOGUE.cni.version} in the chart mirror, found nothing`,
    );
  });
});

/** Serves a chart as an OCI registry does. */
function serveOci(path: string, tag: string, chart: Buffer): void {
  const digest = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const descriptor = (type: string, content: Buffer): object => {
    host.routes.set(`${path}/blobs/${digest(content)}`, content);
    return { mediaType: `application/vnd.cncf.helm.${type}`, digest: digest(content), size: content.length };
  };
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: descriptor('config.v1+json', Buffer.from('{}')),
      layers: [descriptor('chart.content.v1.tar+gzip', chart)],
    }),
  );
  for (const reference of [tag, digest(manifest)]) {
    host.routes.set(`${path}/manifests/${reference}`, (request, response) => {
      response.setHeader('content-type', mediaType).setHeader('docker-content-digest', digest(manifest));
      response.setHeader('content-length', manifest.length);
      response.end(request.method === 'HEAD' ? undefined : manifest);
    });
  }
}
