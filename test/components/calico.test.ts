import { operatorValues } from '../../components/network/calico';
import {
  apiServerSpec,
  defaultDenySpec,
  felixMonitorSpec,
  installationSpec,
} from '../../components/network/installation';
import { settingsOf } from './settings';

describe('the operator', () => {
  test('installs nothing by itself: what it runs are custom resources of ours, and CRDs are layer zero', () => {
    expect(operatorValues(settingsOf('prod'))).toMatchObject({
      installation: { enabled: false },
      apiServer: { enabled: false },
      goldmane: { enabled: false },
      whisker: { enabled: false },
      manageCRDs: false,
    });
  });

  test('comes from the private registry, with its pull Secret', () => {
    const settings = settingsOf('prod', {
      'platform:images.registry': 'registry.example.com:5000/mirror',
      'platform:images.pullSecret': 'registry-pull',
    });
    expect(operatorValues(settings)).toMatchObject({
      installation: { imagePullSecrets: [{ name: 'registry-pull' }] },
      tigeraOperator: { registry: 'registry.example.com:5000/mirror' },
    });
    expect(operatorValues(settingsOf('prod'))).toMatchObject({ tigeraOperator: { registry: 'quay.io' } });
  });
});

test('Felix is scraped on each node, at a port that its pods do not name', () => {
  const { podMetricsEndpoints, ...where } = felixMonitorSpec('30s') as {
    podMetricsEndpoints: [{ interval: string; relabelings: Record<string, string>[] }];
  };
  expect(where).toEqual({
    namespaceSelector: { matchNames: ['calico-system'] },
    selector: { matchLabels: { 'k8s-app': 'calico-node' } },
  });
  const [{ interval, relabelings }] = podMetricsEndpoints;
  expect(interval).toBe('30s');
  const address = relabelings.find(({ targetLabel }) => targetLabel === '__address__')!;
  expect('192.0.2.7'.replace(new RegExp(`^${address.regex}$`), address.replacement!)).toBe('192.0.2.7:9091');
});

describe('the Installation', () => {
  test('gives pods the network of the settings', () => {
    const settings = settingsOf('prod', {
      'platform:cluster.podCidr': '10.32.0.0/12',
      'platform:network.encapsulation': 'IPIP',
      'platform:network.bgp': true,
      'platform:network.mtu': 8980,
    });
    expect(installationSpec(settings)).toMatchObject({
      cni: { type: 'Calico', ipam: { type: 'Calico' } },
      calicoNetwork: {
        bgp: 'Enabled',
        mtu: 8980,
        ipPools: [
          { name: 'default-ipv4-ippool', cidr: '10.32.0.0/12', encapsulation: 'IPIP', blockSize: 26 },
        ],
      },
      controlPlaneReplicas: 3,
    });
  });

  test('leaves the MTU to Calico, and BGP off, by default', () => {
    const spec = installationSpec(settingsOf('local'));
    expect(spec).toMatchObject({
      calicoNetwork: { bgp: 'Disabled', ipPools: [{ encapsulation: 'VXLANCrossSubnet' }] },
      controlPlaneReplicas: 1,
    });
    expect(spec).not.toHaveProperty('calicoNetwork.mtu');
    expect(spec).not.toHaveProperty('registry');
  });

  test('knows an IPv6 network', () => {
    const settings = settingsOf('local', {
      'platform:cluster.podCidr': 'fd00:10:244::/56',
      'platform:cluster.serviceCidr': 'fd00:10:96::/112',
    });
    expect(installationSpec(settings)).toHaveProperty(
      'calicoNetwork.ipPools',
      expect.arrayContaining([expect.objectContaining({ name: 'default-ipv6-ippool', blockSize: 122 })]),
    );
  });

  test.each([
    ['eks', 'EKS'],
    ['gke', 'GKE'],
    ['aks', 'AKS'],
  ])('keeps the network of %s, on which Calico enforces policies only', (provider, name) => {
    const spec = installationSpec(settingsOf('prod', { 'platform:cluster.provider': provider }));
    expect(spec).toMatchObject({ kubernetesProvider: name, calicoNetwork: { bgp: 'Disabled' } });
    expect(spec).not.toHaveProperty('cni');
    expect(spec).not.toHaveProperty('calicoNetwork.ipPools');
  });

  test('pulls from the private registry, which the operator wants with a slash at its end', () => {
    const settings = settingsOf('prod', {
      'platform:images.registry': 'registry.example.com/mirror',
      'platform:images.pullSecret': 'registry-pull',
    });
    expect(installationSpec(settings)).toMatchObject({
      registry: 'registry.example.com/mirror/',
      imagePullSecrets: [{ name: 'registry-pull' }],
    });
  });

  test('takes what a stack lays over it, and nothing of the chart', () => {
    const spec = installationSpec(
      settingsOf('local', {
        'platform:network.values': {
          installation: { enabled: true, calicoNetwork: { hostPorts: 'Disabled' } },
          tolerations: [],
        },
      }),
    );
    expect(spec).toMatchObject({ calicoNetwork: { hostPorts: 'Disabled', bgp: 'Disabled' } });
    expect(spec).not.toHaveProperty('enabled');
    expect(spec).not.toHaveProperty('tolerations');
  });

  test('says what each of its containers may use', () => {
    const spec = { ...installationSpec(settingsOf('prod')), ...apiServerSpec() };
    for (const workload of [
      'calicoNodeDaemonSet',
      'typhaDeployment',
      'calicoKubeControllersDeployment',
      'calicoWebhooksDeployment',
    ]) {
      expect(spec).toHaveProperty(`${workload}.spec.template.spec.containers.0.resources`, {
        requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string },
        limits: { memory: expect.any(String) as string },
      });
    }
  });
});

describe('the default-deny policy', () => {
  const spec = defaultDenySpec(['calico-system', 'falco']);

  test('states what no admission policy fills in, and comes after the policies that allow', () => {
    expect(spec).toMatchObject({ tier: 'default', types: ['Ingress', 'Egress'] });
    expect(spec.order).toBeGreaterThan(1000);
  });

  test("touches neither hosts nor the cluster's own namespaces nor those of node agents", () => {
    expect(spec.namespaceSelector).toBe(
      'has(projectcalico.org/name) && !(projectcalico.org/name starts with "kube-")' +
        ' && projectcalico.org/name not in {"calico-system", "falco"}',
    );
    expect(spec).not.toHaveProperty('selector');
  });

  test('lets nothing pass but DNS', () => {
    expect(spec).not.toHaveProperty('ingress');
    const destination = { namespaceSelector: 'projectcalico.org/name == "kube-system"', ports: [53] };
    expect(spec.egress).toEqual([
      { action: 'Allow', protocol: 'UDP', destination },
      { action: 'Allow', protocol: 'TCP', destination },
    ]);
  });
});
