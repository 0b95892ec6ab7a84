import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  ReportViolation,
  ResourceValidation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
} from '@pulumi/policy';
import { packArchive, unpackArchive } from '../../policy/archive';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { crossGuardPolicy, renderingPolicy } from '../../policy/crossguard';
import { derivedArchive, manifestPath } from '../../policy/derived';
import { Exemptions } from '../../policy/exemption';
import { Inventory } from '../../policy/inventory';
import { parseManifests } from '../../policy/manifests';
import type { KubernetesObject } from '../../policy/objects';
import { fullVersion, RELEASE_TYPE, type RenderError, renderRelease } from '../../policy/release';
import type { RenderCache } from '../../policy/render-cache';
import { UNKNOWN } from '../../policy/subject';
import { target as targetOf } from '../../policy/target';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';

// Helm may have to be built first.
jest.setTimeout(900_000);

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  template:
    spec:
      containers:
        - name: app
          image: {{ .Values.image | quote }}
          securityContext: { privileged: {{ .Values.privileged }} }
          env:
            - { name: PASSWORD, value: {{ .Values.password | quote }} }
`;
const HOOK = `
apiVersion: batch/v1
kind: Job
metadata: { name: hook, annotations: { helm.sh/hook: pre-install } }
spec: { template: { spec: { hostPID: true, containers: [{ name: hook, image: ghcr.io/example/hook:1 }] } } }
---
apiVersion: v1
kind: Pod
metadata: { name: test, annotations: { helm.sh/hook: test } }
spec: { containers: [{ name: test, image: ghcr.io/example/test:1 }] }
`;
const LIST = `
apiVersion: v1
kind: ConfigMapList
items:
  - metadata: { name: one }
  - metadata: { name: two, namespace: elsewhere }
`;
const CAPABILITIES = `
{{- if .Capabilities.APIVersions.Has "example.com/v1/Thing" }}
apiVersion: v1
kind: ConfigMap
metadata: { name: sees-thing }
data: { version: {{ .Capabilities.KubeVersion.Version }} }
{{- end }}
{{- if .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: { name: scraped }
{{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: cluster-wide }
`;
const CRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Thing, plural: things }
  versions: [{ name: v1, served: true, storage: true }, { name: v1beta1, served: false, storage: false }]
`;
const TWICE = `{{ if .Values.twice }}
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Values.twice }} }
{{ end }}`;
const FAIL = `{{ if .Values.fail }}{{ fail (printf "refused %s" .Values.password) }}{{ end }}`;

let folder: string;
let helm: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platform-release-'));
  mkdirSync(join(folder, '.charts'));
  const values = JSON.stringify({
    image: 'ghcr.io/example/app:1',
    privileged: false,
    password: '',
    fail: false,
    twice: '',
  });
  const files = {
    deployment: DEPLOYMENT,
    hook: HOOK,
    list: LIST,
    capabilities: CAPABILITIES,
    fail: FAIL,
    twice: TWICE,
  };
  const templates = Object.entries(files).map(([name, text]) => [`templates/${name}.yaml`, text] as const);
  const metadata = JSON.stringify({ apiVersion: 'v2', name: 'sample', version: '1.0.0' });
  const all = [
    ['Chart.yaml', metadata],
    ['values.yaml', values],
    ['crds/thing.yaml', CRD],
    ...templates,
  ] as const;
  writeFileSync(join(folder, '.charts/sample-1.0.0.tgz'), packArchive('sample', new Map(all)));
  helm = (await obtainToolchain({ names: ['helm'] })).get('helm')!.path;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RELEASE = {
  chart: '.charts/sample-1.0.0.tgz',
  name: 'shop',
  namespace: 'shops',
  version: '1.0.0',
  skipCrds: true,
};

async function render(changes: object = {}, apiVersions: string[] = []): Promise<KubernetesObject[]> {
  const target = { helm, project: folder, kubernetesVersion: '1.36', apiVersions };
  return (await renderRelease({ ...RELEASE, ...changes }, target)).objects;
}

async function names(changes: object = {}, apiVersions: string[] = []): Promise<string[]> {
  const objects = await render(changes, apiVersions);
  return objects
    .map(({ kind, metadata }) => `${kind} ${String(metadata?.namespace)}/${String(metadata?.name)}`)
    .sort();
}

describe('a rendered release', () => {
  it('holds every object that the update makes: hooks, items of lists, in their namespaces', async () => {
    expect(await names()).toEqual([
      'ClusterRole undefined/cluster-wide',
      'ConfigMap elsewhere/two',
      'ConfigMap shops/one',
      'Deployment shops/shop',
      'Job shops/hook',
    ]);
  });

  it('holds its CRDs unless the release leaves them out', async () => {
    expect(await names({ skipCrds: false })).toContain(
      'CustomResourceDefinition undefined/things.example.com',
    );
  });

  it('holds no hooks where the release runs none', async () => {
    expect(await names({ disableWebhooks: true })).not.toContain('Job shops/hook');
  });

  it('is rendered for the cluster: its version and its APIs', async () => {
    const objects = await render({}, ['example.com/v1/Thing']);
    const seen = objects.find(({ metadata }) => metadata?.name === 'sees-thing');
    expect(seen).toMatchObject({ data: { version: 'v1.36.0' } });
  });

  it('that makes an object twice is none: Helm renders it, and fails to install it', async () => {
    await expect(render({ values: { twice: 'shop' } })).rejects.toThrow(
      'it makes twice what can be there once: apps/Deployment shops/shop',
    );
    expect(await names({ values: { twice: 'other' } })).toContain('Deployment shops/other');
  });

  it('holds the release’s own values', async () => {
    const [deployment] = (await render({ values: { image: 'x.example.com/y:2' } })).filter(
      ({ kind }) => kind === 'Deployment',
    );
    expect(deployment).toMatchObject({
      spec: { template: { spec: { containers: [{ image: 'x.example.com/y:2' }] } } },
    });
  });

  it('has an unknown value where it ends up, and nowhere else', async () => {
    const [deployment] = (await render({ values: { password: UNKNOWN } })).filter(
      ({ kind }) => kind === 'Deployment',
    );
    expect(deployment).toMatchObject({
      spec: {
        template: { spec: { containers: [{ image: 'ghcr.io/example/app:1', env: [{ value: UNKNOWN }] }] } },
      },
    });
  });

  it.each([
    ['1.36', '1.36.0'],
    ['1.36.3', '1.36.3'],
  ])('takes Kubernetes %s for %s', (version, full) => expect(fullVersion(version)).toBe(full));

  it('leaves nothing on disk', async () => {
    const before = readdirSync(folder, { recursive: true });
    await render({ values: { password: 'hunter2hunter2' } });
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });
});

function unpacked(bytes: Buffer): Record<string, Buffer> {
  return Object.fromEntries(unpackArchive(bytes));
}

describe('renders that are kept', () => {
  const cache = (): RenderCache => ({ folder: join(folder, 'renders'), key: join(folder, 'key') });
  const kept = (): string[] => readdirSync(join(folder, 'renders'));
  const cached = async (changes: object = {}, apiVersions: string[] = []): Promise<unknown> => {
    const target = { helm: binary(), project: folder, kubernetesVersion: '1.36', apiVersions };
    return (await renderRelease({ ...RELEASE, ...changes }, { ...target, cache: cache() })).objects;
  };
  const binary = (): string => join(folder, 'helm');
  const idle = (): string => join(folder, 'idle');
  /** With a Helm that does nothing: only what is kept can be had. */
  const fromCache = async (changes: object = {}): Promise<unknown> => {
    writeFileSync(idle(), '');
    return cached(changes).finally(() => rmSync(idle()));
  };
  beforeEach(() => {
    mkdirSync(join(folder, 'renders'));
    writeFileSync(join(folder, 'key'), 'k'.repeat(32));
    writeFileSync(binary(), `#!/bin/sh\n[ -e '${idle()}' ] && exit 7\nexec '${helm}' "$@"\n`, {
      mode: 0o755,
    });
  });
  afterEach(() => rmSync(join(folder, 'renders'), { recursive: true, force: true }));

  it('are the same as anew, and used again', async () => {
    expect(await cached()).toEqual(await render());
    expect(await fromCache()).toEqual(await render());
    await expect(fromCache({ name: 'other' })).rejects.toThrow('ended with code 7');
  });

  it('are of one archive, for one cluster, under one name', async () => {
    await cached();
    const archive = join(folder, '.charts/sample-1.0.0.tgz');
    const bytes = readFileSync(archive);
    const more = new Map(Object.entries({ ...unpacked(bytes), 'NOTES.md': 'more' }));
    writeFileSync(archive, packArchive('sample', more));
    await cached();
    writeFileSync(archive, bytes);
    await cached({ name: 'other' });
    const charts = 2;
    expect(kept()).toHaveLength(charts + 3);
    await cached({}, ['example.com/v1/Thing']);
    expect(kept()).toHaveLength(charts + 4);
    await cached({}, ['example.com/v1/Thing']);
    expect(kept()).toHaveLength(charts + 4);
  });

  it('are of one Helm: another at its place renders anew', async () => {
    await cached();
    utimesSync(binary(), 1, 1);
    await expect(fromCache()).rejects.toThrow('ended with code 7');
    await cached();
    expect(await fromCache()).toEqual(await render());
  });

  it('hold nothing that can be read without the key: neither contents nor names', async () => {
    const values = { password: 'hunter2hunter2' };
    await cached({ values });
    for (const name of kept())
      expect(readFileSync(join(folder, 'renders', name)).toString('latin1')).not.toMatch(
        /hunter2|Deployment|deprecated/,
      );
    expect(await fromCache({ values })).toEqual(await render({ values }));
    // With another key it is another name: nobody can try values until the name fits.
    writeFileSync(join(folder, 'key'), 'l'.repeat(32));
    await expect(fromCache({ values })).rejects.toThrow('ended with code 7');
    await cached({ values });
    expect(kept()).toHaveLength(2 * (1 + 1));
  });

  it('are none without a key worth the name, and none of values that are not known', async () => {
    await cached({ values: { password: UNKNOWN } });
    writeFileSync(join(folder, 'key'), 'short');
    await cached();
    rmSync(join(folder, 'key'));
    await cached();
    expect(kept()).toEqual([]);
  });

  it('are a bounded number: what was used longest ago goes', async () => {
    await cached();
    for (const name of kept()) utimesSync(join(folder, 'renders', name), 0, 0);
    await fromCache();
    for (let count = 0; count < 200; count += 1) {
      writeFileSync(join(folder, 'renders', `old-${count}`), '');
      utimesSync(join(folder, 'renders', `old-${count}`), count, count);
    }
    await cached({ name: 'other' });
    expect(kept()).toHaveLength(200);
    expect(kept()).not.toContain('old-0');
    expect(await fromCache()).toEqual(await render());
  });

  it('are made anew where what is kept is not whole, and needless on a disk that takes nothing', async () => {
    await cached();
    for (const name of kept()) writeFileSync(join(folder, 'renders', name), '[{"apiVer');
    expect(await cached()).toEqual(await render());
    rmSync(join(folder, 'renders'), { recursive: true });
    writeFileSync(join(folder, 'renders'), 'a file');
    expect(await cached()).toEqual(await render());
  });
});

describe('a chart that the program makes itself', () => {
  const manifests = new Map(
    [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'a', namespace: 'shop' },
        data: { text: '{{ .Values.x }} \u2028 1e3' },
      },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'b' }, rules: [] },
    ].map((object) => [manifestPath(object.kind, object.metadata.name), JSON.stringify(object)] as const),
  );
  const archive = derivedArchive({ name: 'derived', version: '1.0.0', description: 'Objects', manifests });
  const chart = './.charts/derived-1.0.0.tgz';
  const rendered = async (binary: string): Promise<KubernetesObject[]> => {
    const target = { helm: binary, project: folder, kubernetesVersion: '1.36', apiVersions: [] };
    return (await renderRelease({ ...RELEASE, chart }, target)).objects;
  };

  it('holds what Helm makes of it, and needs no Helm', async () => {
    writeFileSync(join(folder, chart), archive);
    const withHelm = parseManifests(
      execFileSync(helm, ['template', RELEASE.name, join(folder, chart)], { encoding: 'utf8' }),
    );
    const without = await rendered('/nowhere/helm');
    expect(without).toEqual(expect.arrayContaining(withHelm));
    expect(without).toHaveLength(2);
    expect(withHelm).toHaveLength(2);
  });

  it('holds the items of a list', async () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [...manifests.values()].map((text) => JSON.parse(text) as object),
    };
    const lists = new Map([[manifestPath('List', 'all'), JSON.stringify(list)]]);
    writeFileSync(
      join(folder, chart),
      derivedArchive({ name: 'derived', version: '1.0.0', description: '', manifests: lists }),
    );
    expect((await rendered('/nowhere/helm')).map(({ kind }) => kind)).toEqual(['ConfigMap', 'ClusterRole']);
  });

  it.each([
    ['charts/objects/templates/more.yaml', ''],
    ['charts/objects/templates/manifests.yaml', 'kind: Other'],
    ['charts/objects/manifests/ConfigMap/c.json', 'no JSON'],
    ['charts/objects/values.schema.json', '{}'],
    ['charts/extra-1.0.0.tgz', 'a subchart'],
    ['charts/extra\\templates\\pod.yaml', ''],
    ['crds/more.yaml', ''],
  ])('is none with %s', async (path, text) => {
    writeFileSync(
      join(folder, chart),
      packArchive('derived', new Map<string, string | Buffer>([...unpackArchive(archive), [path, text]])),
    );
    await expect(rendered('/nowhere/helm')).rejects.toThrow('could not be started');
  });
});

describe('a release that does not render', () => {
  const problemOf = async (changes: object): Promise<RenderError> => {
    try {
      await render(changes);
    } catch (error) {
      return error as RenderError;
    }
    throw new Error('it rendered');
  };

  it('says why, without any of its values', async () => {
    const { message, undecided } = await problemOf({ values: { fail: true, password: 'hunter2hunter2' } });
    expect(message).toContain('refused [value]');
    expect(message).not.toContain('hunter2');
    expect(undecided).toBe(false);
  });

  it('is undecided where what is not known yet may be the reason', async () => {
    expect(await problemOf({ values: { fail: true, password: UNKNOWN } })).toMatchObject({ undecided: true });
    expect(await problemOf({ name: UNKNOWN })).toMatchObject({ undecided: true });
  });

  it('names the archive that is not there', async () => {
    const { message } = await problemOf({ chart: '.charts/absent-1.0.0.tgz' });
    expect(message).toContain('absent-1.0.0.tgz');
  });

  it('says what Helm finds of a file that is no archive', async () => {
    writeFileSync(join(folder, '.charts/broken-1.0.0.tgz'), 'not an archive');
    const { message } = await problemOf({ chart: '.charts/broken-1.0.0.tgz' });
    expect(message).toMatch(/does not appear to be a gzipped archive/);
  });

  it('names the Helm that is not there', async () => {
    const target = {
      helm: join(folder, 'no-helm'),
      project: folder,
      kubernetesVersion: '1.36',
      apiVersions: [],
    };
    await expect(renderRelease(RELEASE, target)).rejects.toThrow(/no-helm could not be started/);
  });
});

describe('the pack, inside releases', () => {
  const judged = async (
    inventory: Inventory,
    values: object,
    urn = 'urn:pulumi:test::platform::type::shop',
  ): Promise<Record<string, string[]>> => {
    const policies = [
      renderingPolicy(inventory),
      ...OBJECT_CONTROLS.map((control) => crossGuardPolicy(control, inventory, new Exemptions([]))),
    ];
    const found: Record<string, string[]> = {};
    for (const { name, validateResource } of policies as ResourceValidationPolicy[]) {
      const args = {
        type: RELEASE_TYPE,
        urn,
        name: 'shop',
        props: { ...RELEASE, values },
        getConfig: () => ({}),
      } as unknown as ResourceValidationArgs;
      const report = (({ message }: { message: string }) => (found[name] ??= []).push(message)) as unknown;
      await (validateResource as ResourceValidation)(args, report as ReportViolation);
    }
    return found;
  };
  const inventory = (helmPath = helm): Inventory =>
    new Inventory({ helm: helmPath, project: folder, kubernetesVersion: '1.36' });

  it('judges what the chart renders', async () => {
    const found = await judged(inventory(), { privileged: true });
    expect(found['no-privileged']).toEqual([
      expect.stringMatching(/^Deployment shops\/shop: container app is privileged/),
    ]);
    expect(found['no-host-namespaces']).toEqual([
      expect.stringMatching(/^Job shops\/hook: the pod has hostPID/),
    ]);
    expect(found['rendered-releases']).toBeUndefined();
  });

  it('judges what a chart makes only of what the cluster has already', async () => {
    const kindsWhere = async (mode: string): Promise<string[]> => {
      const config = { 'platform:observability': JSON.stringify({ mode }) };
      const { apiVersions } = targetOf({ PULUMI_CONFIG: JSON.stringify(config) });
      const place = { helm, project: folder, kubernetesVersion: '1.36', apiVersions };
      const asked = { type: RELEASE_TYPE, urn: 'urn:shop', name: 'shop', props: { ...RELEASE, values: {} } };
      const { subjects } = await new Inventory(place).of(asked, 'test');
      return subjects.map(({ source }) => source.kind);
    };
    expect(await kindsWhere('existing')).toContain('PodMonitor');
    expect(await kindsWhere('managed')).not.toContain('PodMonitor');
  });

  it('judges a resource anew when the engine asks again', async () => {
    const same = inventory();
    expect((await judged(same, { privileged: true }))['no-privileged']).toHaveLength(1);
    expect((await judged(same, { privileged: false }))['no-privileged']).toBeUndefined();
  });

  it('reports a release that it can’t render, once, and never passes it', async () => {
    const found = await judged(inventory(join(folder, 'no-helm')), {});
    expect(Object.keys(found)).toEqual(['rendered-releases']);
    expect(found['rendered-releases']).toEqual([
      expect.stringMatching(/^Release shop could not be rendered, so nothing in it was judged: .*no-helm/),
    ]);
  });
});

describe('manifests', () => {
  it('are read as Helm reads them', () => {
    const text =
      'apiVersion: v1\nkind: ConfigMap\ndata: { on: yes, time: 12:30, day: 2030-01-01, octal: 0755 }\n---\n# nothing\n';
    expect(parseManifests(text)).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        data: { true: true, time: '12:30', day: '2030-01-01', octal: 493 },
      },
    ]);
  });

  it('that are JSON are read as JSON', () => {
    expect(parseManifests('---\n# Source: x\n{"apiVersion":"v1","kind":"Pod","a":"# b"}\n')).toEqual([
      { apiVersion: 'v1', kind: 'Pod', a: '# b' },
    ]);
  });

  it('that are no YAML are refused without a word of them', () => {
    expect(() => parseManifests('apiVersion: v1\nkind: Secret\ndata: { secret: [hunter2')).toThrow(
      /^[A-Z_]+ at character \d+$/,
    );
  });
});

describe('what releases are rendered for', () => {
  it.each([
    [{}, { helm: 'helm', kubernetesVersion: '1.36' }],
    [
      { POLICY_HELM: '/h', POLICY_PROJECT: '/p', POLICY_KUBERNETES_VERSION: '1.35.2' },
      { helm: '/h', project: '/p', kubernetesVersion: '1.35.2' },
    ],
    [
      { PULUMI_CONFIG: '{"platform:cluster":"{\\"kubernetesVersion\\":\\"1.34\\"}"}' },
      { kubernetesVersion: '1.34' },
    ],
    [{ PULUMI_CONFIG: '{"platform:cluster":"no JSON"}' }, { kubernetesVersion: '1.36' }],
  ])('follows the environment %j', (env, expected) => expect(targetOf(env)).toMatchObject(expected));
});
