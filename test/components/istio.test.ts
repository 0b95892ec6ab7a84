import { PLATFORM_GATEWAY } from '../../components/foundation/route';
import { unknownPaths } from '../../components/charts/value-keys';
import { certificateSpec, gatewaySpec, redirectSpec, serviceSpec } from '../../components/mesh/gateway';
import { addressOf } from '../../components/mesh/istio';
import { monitors, telemetrySpec } from '../../components/mesh/telemetry';
import { cniTraffic, controlPlaneTraffic, gatewayTraffic } from '../../components/mesh/traffic';
import { baseValues, cniValues, gatewayValues, istiodValues } from '../../components/mesh/values';
import { loadValueKeys } from '../helpers/value-keys';
import { settingsOf } from './settings';

const SECCOMP = { type: 'RuntimeDefault' };
const MIRROR = {
  'platform:images.registry': 'registry.example.com/mirror',
  'platform:images.pullSecret': 'registry-pull',
};

describe('the charts', () => {
  test('are given no value that they do not read', () => {
    const settings = settingsOf('prod', MIRROR);
    expect(unknownPaths(baseValues(), loadValueKeys('base'))).toEqual([]);
    expect(unknownPaths(gatewayValues(settings), loadValueKeys('gateway'))).toEqual([]);
    // Their defaults have no limits, and the mesh's configuration is Istio's API, not the chart's.
    const open = /^(resources\.limits|meshConfig)\.|^global\.enableReaderRBAC$/;
    const unknown = [
      ...unknownPaths(cniValues(settings), loadValueKeys('cni')),
      ...unknownPaths(istiodValues(settings), loadValueKeys('istiod')),
    ];
    expect(unknown.filter((path) => !open.test(path))).toEqual([]);
  });

  test('render no CRD: each one is named, since switching them off would not leave them out', () => {
    const { base } = baseValues() as { base: { enableCRDTemplates: boolean; excludedCRDs: string[] } };
    expect(base.enableCRDTemplates).toBe(true);
    expect(base.excludedCRDs).toHaveLength(15);
    expect(base.excludedCRDs).toContain('virtualservices.networking.istio.io');
    expect(base.excludedCRDs).toContain('peerauthentications.security.istio.io');
  });

  test('take their images from the private registry, with its pull Secret', () => {
    const settings = settingsOf('prod', MIRROR);
    const global = { hub: 'registry.example.com/mirror/release', imagePullSecrets: ['registry-pull'] };
    expect(istiodValues(settings)).toMatchObject({ global });
    expect(cniValues(settings)).toMatchObject({ global });
    // Its own image is the injector's choice.
    expect(gatewayValues(settings)).toMatchObject({ imagePullSecrets: [{ name: 'registry-pull' }] });
    expect(istiodValues(settingsOf('prod'))).toMatchObject({
      global: { hub: 'registry.istio.io/release', imagePullSecrets: [] },
    });
  });

  test('run images without a shell', () => {
    expect(istiodValues(settingsOf('dev'))).toMatchObject({ global: { variant: 'distroless' } });
    expect(cniValues(settingsOf('dev'))).toMatchObject({ global: { variant: 'distroless' } });
  });
});

describe('the control plane', () => {
  test('has three replicas over zones and nodes in prod, and scales from there', () => {
    const values = istiodValues(settingsOf('prod'));
    expect(values).toMatchObject({
      autoscaleEnabled: true,
      autoscaleMin: 3,
      autoscaleMax: 7,
      global: { defaultPodDisruptionBudget: { enabled: true } },
      pdb: { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    });
    expect(values.topologySpreadConstraints).toMatchObject([
      { topologyKey: 'topology.kubernetes.io/zone', labelSelector: { matchLabels: { app: 'istiod' } } },
      { topologyKey: 'kubernetes.io/hostname' },
    ]);
  });

  test('has one replica and nothing that blocks a drain in local', () => {
    expect(istiodValues(settingsOf('local'))).toMatchObject({
      autoscaleMin: 1,
      global: { defaultPodDisruptionBudget: { enabled: false } },
      topologySpreadConstraints: [],
    });
  });

  test('keeps its replicas fixed where no metrics could drive an autoscaler', () => {
    const values = istiodValues(settingsOf('prod', { 'platform:metrics.mode': 'off' }));
    expect(values).toMatchObject({ autoscaleEnabled: false, replicaCount: 3 });
    expect(values).not.toHaveProperty('autoscaleMin');
  });

  test('gives pods proxies that meet `restricted`: seccomp, limits, and no init container with privileges', () => {
    expect(istiodValues(settingsOf('prod'))).toMatchObject({
      cni: { enabled: true },
      seccompProfile: SECCOMP,
      gateways: { seccompProfile: SECCOMP },
      global: {
        proxy: {
          seccompProfile: SECCOMP,
          resources: { requests: { memory: '128Mi' }, limits: { cpu: '2', memory: '512Mi' } },
        },
      },
      resources: { limits: { memory: '2Gi' } },
    });
  });

  test('takes identities and names from the DNS domain of the cluster', () => {
    const settings = settingsOf('prod', { 'platform:cluster.dnsDomain': 'k8s.internal' });
    expect(istiodValues(settings)).toMatchObject({
      global: { proxy: { clusterDomain: 'k8s.internal' } },
      meshConfig: { trustDomain: 'k8s.internal' },
    });
  });

  test('serves Ingress objects only where an ACME server has to be answered, and through the gateway', () => {
    expect(istiodValues(settingsOf('prod'))).toMatchObject({
      meshConfig: {
        ingressControllerMode: 'STRICT',
        ingressSelector: 'ingress',
        ingressService: 'istio-ingress',
      },
    });
    expect(istiodValues(settingsOf('local'))).toMatchObject({ meshConfig: { ingressControllerMode: 'OFF' } });
  });

  test('leaves egress to network policies', () => {
    expect(istiodValues(settingsOf('prod'))).toMatchObject({
      meshConfig: { outboundTrafficPolicy: { mode: 'ALLOW_ANY' } },
    });
  });
});

describe('the node agent', () => {
  test('is confined as far as its work allows', () => {
    expect(cniValues(settingsOf('prod'))).toMatchObject({
      seccompProfile: SECCOMP,
      useAppArmorAnnotation: false,
      resources: { limits: { memory: '256Mi' } },
    });
  });

  test('finds the folder of CNI plugins on GKE', () => {
    const settings = settingsOf('prod', { 'platform:cluster.provider': 'gke' });
    expect(cniValues(settings)).toMatchObject({ cniBinDir: '/home/kubernetes/bin' });
    expect(cniValues(settingsOf('prod'))).not.toHaveProperty('cniBinDir');
  });
});

describe('the gateway', () => {
  test('binds ports 80 and 443 under `restricted`, as nobody', () => {
    expect(gatewayValues(settingsOf('prod'))).toMatchObject({
      securityContext: {
        runAsNonRoot: true,
        seccompProfile: SECCOMP,
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      },
      resources: { limits: { memory: '1Gi' } },
    });
  });

  test('scales and survives drains as the stack says', () => {
    const settings = settingsOf('prod', { 'platform:mesh.gateway': { minReplicas: 4, maxReplicas: 12 } });
    expect(gatewayValues(settings)).toMatchObject({
      autoscaling: { enabled: true, minReplicas: 4, maxReplicas: 12 },
      podDisruptionBudget: { maxUnavailable: 1 },
    });
    expect(gatewayValues(settingsOf('local')).podDisruptionBudget).toEqual({});
    expect(gatewayValues(settingsOf('prod', { 'platform:metrics.mode': 'off' }))).toMatchObject({
      autoscaling: { enabled: false },
      replicaCount: 3,
    });
  });

  test('has a Service of the platform’s own, which shows the ports that it serves and no other', () => {
    const ports = [
      { name: 'http2', port: 80, targetPort: 80, protocol: 'TCP' },
      { name: 'https', port: 443, targetPort: 443, protocol: 'TCP' },
    ];
    expect(gatewayValues(settingsOf('prod'))).toMatchObject({ service: { type: 'None' } });
    expect(serviceSpec(settingsOf('prod'))).toEqual({
      type: 'LoadBalancer',
      selector: { app: 'istio-ingress', istio: 'ingress' },
      ports,
    });
    const plain = settingsOf('prod', {
      'platform:certificates.mode': 'off',
      'platform:mesh.gateway.service': 'NodePort',
    });
    expect(serviceSpec(plain)).toMatchObject({ type: 'NodePort', ports: ports.slice(0, 1) });
  });

  test('ends TLS 1.2 or later with the certificate that cert-manager keeps', () => {
    const { secretName } = certificateSpec(settingsOf('prod'));
    expect(gatewaySpec(settingsOf('prod'))).toEqual({
      selector: { istio: 'ingress' },
      servers: [
        {
          port: { number: 443, name: 'https', protocol: 'HTTPS' },
          hosts: ['platform.example.com', '*.platform.example.com'],
          tls: { mode: 'SIMPLE', credentialName: secretName, minProtocolVersion: 'TLSV1_2' },
        },
      ],
    });
  });

  test('redirects HTTP by a Gateway of its own, to which no route is bound', () => {
    expect(PLATFORM_GATEWAY).toBe('istio-ingress/platform');
    expect(redirectSpec()).toMatchObject({
      selector: { istio: 'ingress' },
      servers: [{ port: { number: 80 }, hosts: ['*'], tls: { httpsRedirect: true } }],
    });
  });

  test('serves plain HTTP where the stack has no certificates', () => {
    const settings = settingsOf('local', { 'platform:certificates.mode': 'off' });
    expect(gatewaySpec(settings)).toMatchObject({ servers: [{ port: { number: 80, protocol: 'HTTP' } }] });
    expect(gatewaySpec(settings)).not.toHaveProperty('servers.0.tls');
  });

  test('has a certificate for the whole domain and for hosts outside it, from the cluster’s CA', () => {
    const settings = settingsOf('local', {
      'platform:domain': 'platform.localhost',
      'platform:workloads.app.host': 'shop.example.org',
      'platform:observability.grafana.host': 'deep.er.platform.localhost',
    });
    expect(certificateSpec(settings)).toMatchObject({
      dnsNames: [
        'platform.localhost',
        '*.platform.localhost',
        'deep.er.platform.localhost',
        'shop.example.org',
      ],
      issuerRef: { kind: 'ClusterIssuer', name: 'platform' },
      privateKey: { algorithm: 'ECDSA', rotationPolicy: 'Always' },
    });
  });

  test('asks an ACME server only for names it can reach: those with a route, and no wildcard', () => {
    expect(certificateSpec(settingsOf('prod')).dnsNames).toEqual([
      'app.platform.example.com',
      'argocd.platform.example.com',
      'grafana.platform.example.com',
    ]);
    const bare = settingsOf('prod', {
      'platform:workloads': {},
      'platform:observability.mode': 'off',
      'platform:delivery.mode': 'off',
    });
    expect(certificateSpec(bare).dnsNames).toEqual(['platform.example.com']);
  });

  test('has the address of its load balancer, by whichever name, or else the one inside the cluster', () => {
    expect(addressOf({ clusterIP: '10.0.0.1' }, { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } })).toBe(
      '192.0.2.1',
    );
    expect(addressOf({}, { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } })).toBe(
      'lb.example.com',
    );
    expect(addressOf({ clusterIP: '10.0.0.1' }, { loadBalancer: {} })).toBe('10.0.0.1');
    expect(addressOf(undefined, undefined)).toBe('');
  });
});

describe('what the mesh tells', () => {
  test('is a log of every request and the asked share of traces, nought included', () => {
    expect(telemetrySpec(settingsOf('prod').mesh)).toEqual({
      accessLogging: [{ providers: [{ name: 'envoy' }], disabled: false }],
      tracing: [{ randomSamplingPercentage: 1 }],
    });
    const silent = settingsOf('prod', {
      'platform:mesh.accessLogs': false,
      'platform:mesh.tracingSampling': '0%',
    });
    expect(telemetrySpec(silent.mesh)).toMatchObject({
      accessLogging: [{ disabled: true }],
      tracing: [{ randomSamplingPercentage: 0 }],
    });
  });

  test('is scraped from control plane, node agents and gateway, or not at all', () => {
    const found = monitors(settingsOf('prod', { 'platform:observability.scrapeInterval': '15s' }));
    expect(found.map(({ name, kind }) => [name, kind])).toEqual([
      ['istiod', 'ServiceMonitor'],
      ['istio-cni', 'PodMonitor'],
      ['istio-gateway', 'PodMonitor'],
    ]);
    expect(found[2]?.spec).toMatchObject({
      namespaceSelector: { matchNames: ['istio-ingress'] },
      selector: { matchLabels: { istio: 'ingress' } },
      podMetricsEndpoints: [{ port: 'http-envoy-prom', path: '/stats/prometheus', interval: '15s' }],
    });
    expect(monitors(settingsOf('prod', { 'platform:observability.mode': 'off' }))).toEqual([]);
  });
});

describe('traffic', () => {
  test('reaches the control plane on its TLS port only, and its webhooks from the API server', () => {
    const rules = controlPlaneTraffic(
      settingsOf('prod', { 'platform:cluster.apiServerCidrs': ['192.0.2.0/28'] }),
    );
    expect(rules).toMatchObject({
      'allow-proxies': { ingress: { from: 'any-namespace', ports: [15012] } },
      'allow-webhooks': { ingress: { from: { cidrs: ['192.0.2.0/28'] }, ports: [15017] } },
      'allow-api-server': { egress: { to: { cidrs: ['192.0.2.0/28'] } } },
      'allow-scrape': { ingress: { from: { namespaces: ['monitoring'] }, ports: [15014] } },
    });
    expect(JSON.stringify(rules)).not.toContain('15010');
  });

  test('enters the gateway from the world and leaves it for pods, never for the world', () => {
    expect(gatewayTraffic(settingsOf('local'))).toEqual({
      'allow-world': { ingress: { from: 'anywhere', ports: [80, 443] } },
      'allow-pods': { egress: { to: 'any-namespace', ports: [] } },
      'allow-scrape': { ingress: { from: { namespaces: ['monitoring'] }, ports: [15090] } },
    });
  });

  test('reaches the pods that answer an ACME server, where there is one', () => {
    expect(gatewayTraffic(settingsOf('prod'))).toMatchObject({
      'allow-acme': {
        pods: { 'acme.cert-manager.io/http01-solver': 'true' },
        ingress: { from: 'same-namespace', ports: [8089] },
      },
    });
  });

  test('is not opened to a Prometheus that is not there', () => {
    const settings = settingsOf('prod', { 'platform:observability.mode': 'off' });
    for (const rules of [controlPlaneTraffic(settings), cniTraffic(settings), gatewayTraffic(settings)]) {
      expect(rules).not.toHaveProperty('allow-scrape');
    }
  });
});
