import { object, pod, workload } from '../../policy/samples';
import { imageName, imagesIn } from '../../sandbox/report/images';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const found = (...args: Parameters<typeof imagesIn>): [string, string, string][] =>
  imagesIn(...args).map(({ found: how, image, path }) => [image, path, how]);

describe('images are found in', () => {
  test('every container of whatever carries a pod spec, and in image volumes', () => {
    const containers = (image: string): object[] => [{ name: 'app', image }];
    const spec = {
      containers: containers('ghcr.io/a/app:1'),
      initContainers: containers('init'),
      volumes: [{ name: 'data', image: { reference: 'ghcr.io/a/data:2' } }],
    };
    expect(found(workload('CronJob', spec))).toEqual(
      [
        ['ghcr.io/a/app:1', 'spec.jobTemplate.spec.template.spec.containers[0].image', 'field'],
        ['init', 'spec.jobTemplate.spec.template.spec.initContainers[0].image', 'field'],
        ['ghcr.io/a/data:2', 'spec.jobTemplate.spec.template.spec.volumes[0].image.reference', 'field'],
      ].sort((one, other) => (one[1]! < other[1]! ? -1 : 1)),
    );
  });

  test('custom resources: as a field, and in parts', () => {
    const prometheus = object('monitoring.coreos.com/v1', 'Prometheus', {
      spec: { image: `quay.io/prometheus/prometheus:v3@${DIGEST}` },
    });
    expect(found(prometheus)).toEqual([
      [`quay.io/prometheus/prometheus:v3@${DIGEST}`, 'spec.image', 'field'],
    ]);
    const other = object('example.com/v1', 'Thing', {
      spec: { image: { registry: 'quay.io', repository: 'a/b', tag: 'v1' }, sidecarImage: 'ghcr.io/a/c:2' },
    });
    expect(found(other)).toEqual([
      ['quay.io/a/b:v1', 'spec.image', 'field'],
      ['ghcr.io/a/c:2', 'spec.sidecarImage', 'field'],
    ]);
  });

  test('arguments and environment of containers', () => {
    const flagged = pod({
      containers: [
        {
          name: 'operator',
          image: 'quay.io/a/operator:1',
          args: [
            '--prometheus-config-reloader=quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1',
            '--helper-image=velero/velero-restore-helper:v1',
            '--listen=:8080',
            '--url=https://quay.io/a/b:1',
            '--namespaces=one,two',
          ],
          env: [
            { name: 'RELATED_IMAGE_NODE', value: 'quay.io/calico/node:v3' },
            { name: 'ADDRESS', value: 'istiod.istio-system.svc:15012' },
          ],
        },
      ],
    });
    expect(found(flagged)).toEqual([
      ['quay.io/a/operator:1', 'spec.containers[0].image', 'field'],
      [
        'quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1',
        'spec.containers[0].args[0] --prometheus-config-reloader',
        'argument',
      ],
      ['velero/velero-restore-helper:v1', 'spec.containers[0].args[1] --helper-image', 'argument'],
      ['quay.io/calico/node:v3', 'spec.containers[0].env[0] RELATED_IMAGE_NODE', 'environment'],
    ]);
  });

  test('texts of ConfigMaps, and the proxies of the settings of Istio’s injector', () => {
    const global = { hub: 'registry.istio.io/release', tag: '1.30.3', variant: 'distroless' };
    const values = { global: { ...global, proxy: { image: 'proxyv2' }, proxy_init: { image: 'proxyv2' } } };
    const map = object('v1', 'ConfigMap', {
      data: {
        'pod.yaml': 'spec:\n  image: ghcr.io/a/helper:1.2\n  see: https://example.com/a/b:8080/c\n',
        values: JSON.stringify(values),
      },
    });
    expect(found(map)).toEqual([
      ['ghcr.io/a/helper:1.2', 'data["pod.yaml"]', 'text'],
      ['registry.istio.io/release/proxyv2:1.30.3-distroless', 'data.values, of injected containers', 'text'],
    ]);
  });

  test('nothing of a Secret, a schema, or a pod that the mesh fills in', () => {
    const text = 'image: ghcr.io/a/hidden:1';
    expect(found(object('v1', 'Secret', { stringData: { text } }))).toEqual([]);
    const crd = object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { spec: { text } });
    expect(found(crd)).toEqual([]);
    expect(found(pod({ containers: [{ name: 'proxy', image: 'auto' }] }))).toEqual([]);
  });
});

describe('images that no object names', () => {
  test('are those of Calico’s operator, from the registry of the Installation', () => {
    const spec = {
      registry: 'mirror.example.com/',
      kubeletVolumePluginPath: 'None',
      cni: { type: 'Calico' },
    };
    const images = found(object('operator.tigera.io/v1', 'Installation', { spec }));
    expect(images.map(([image]) => image.replace(/:v[\d.]+$/, ':v'))).toEqual(
      ['node', 'cni', 'typha', 'kube-controllers', 'webhooks'].map(
        (name) => `mirror.example.com/calico/${name}:v`,
      ),
    );
    expect(new Set(images.map(([, , how]) => how))).toEqual(new Set(['derived']));
    const cloud = found(object('operator.tigera.io/v1', 'Installation', { spec: {} }));
    expect(cloud.map(([image]) => image)).toContainEqual(expect.stringMatching(/^quay\.io\/calico\/csi:v/));
    expect(cloud.some(([image]) => image.includes('/cni:'))).toBe(false);
  });

  test('are the proxies that istiod injects', () => {
    const istiod = workload('Deployment', {
      containers: [{ name: 'discovery', image: 'r.example.com/i/pilot:1' }],
    });
    expect(found(istiod).at(-1)).toEqual([
      'r.example.com/i/proxyv2:1',
      'of proxies that it injects',
      'derived',
    ]);
  });
});

test.each([
  ['nginx', { registry: 'docker.io', repository: 'library/nginx' }],
  ['grafana/grafana:13', { registry: 'docker.io', repository: 'grafana/grafana', tag: '13' }],
  ['localhost:5000/a:1', { registry: 'localhost:5000', repository: 'a', tag: '1' }],
  [`ghcr.io/a/b:1@${DIGEST}`, { registry: 'ghcr.io', repository: 'a/b', tag: '1', digest: DIGEST }],
  [`ghcr.io/a/b@${DIGEST}`, { registry: 'ghcr.io', repository: 'a/b', digest: DIGEST }],
])('%s is taken apart', (image, name) => {
  expect(imageName(image)).toEqual(name);
});
