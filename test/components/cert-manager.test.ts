import { certManagerValues } from '../../components/certificates/cert-manager';
import { authoritySpec, platformIssuerSpec } from '../../components/certificates/issuers';
import { settingsOf } from './settings';

const PARTS = ['', 'webhook.', 'cainjector.'];

describe('cert-manager', () => {
  test('has several of each part, spread, and a drain takes one at a time, where the stack asks for it', () => {
    const values = certManagerValues(settingsOf('prod'));
    for (const part of PARTS) {
      expect(values).toHaveProperty(`${part}replicaCount`, 3);
      expect(values).toHaveProperty(`${part}podDisruptionBudget`, {
        enabled: true,
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      });
      expect(values).toHaveProperty(
        `${part}topologySpreadConstraints.0.topologyKey`,
        'topology.kubernetes.io/zone',
      );
      expect(values).toHaveProperty(
        `${part}topologySpreadConstraints.1.topologyKey`,
        'kubernetes.io/hostname',
      );
    }
  });

  test('spreads each part by its own pods', () => {
    const values = certManagerValues(settingsOf('prod'));
    const selector = 'topologySpreadConstraints.0.labelSelector.matchLabels';
    const component = (name: string): object => ({
      'app.kubernetes.io/instance': 'cert-manager',
      'app.kubernetes.io/component': name,
    });
    expect(values).toHaveProperty(selector, component('controller'));
    expect(values).toHaveProperty(`webhook.${selector}`, component('webhook'));
    expect(values).toHaveProperty(`cainjector.${selector}`, component('cainjector'));
  });

  test('is alone, and no budget blocks a drain, with one replica', () => {
    const values = certManagerValues(settingsOf('local'));
    for (const part of PARTS) {
      expect(values).toHaveProperty(`${part}replicaCount`, 1);
      expect(values).toHaveProperty(`${part}podDisruptionBudget.enabled`, false);
      expect(values).toHaveProperty(`${part}topologySpreadConstraints`, []);
    }
  });

  test('limits every container, the check of its API included', () => {
    const values = certManagerValues(settingsOf('prod'));
    for (const part of [...PARTS, 'startupapicheck.']) {
      expect(values).toHaveProperty(`${part}resources.requests.cpu`);
      expect(values).toHaveProperty(`${part}resources.limits.memory`);
    }
  });

  test('leaves CRDs to layer zero, keeps to its namespace, and is ready when its webhook answers', () => {
    expect(certManagerValues(settingsOf('prod'))).toMatchObject({
      crds: { enabled: false },
      global: { leaderElection: { namespace: 'cert-manager' } },
      startupapicheck: { enabled: true },
    });
  });

  test('comes from the private registry, solvers of challenges included', () => {
    const settings = settingsOf('prod', {
      'platform:images.registry': 'registry.example.com/mirror',
      'platform:images.pullSecret': 'registry-pull',
    });
    expect(certManagerValues(settings)).toMatchObject({
      imageRegistry: 'registry.example.com/mirror',
      global: { imagePullSecrets: [{ name: 'registry-pull' }] },
    });
    expect(platformIssuerSpec(settings)).toHaveProperty('acme.solvers.0.http01.ingress.podTemplate.spec', {
      serviceAccountName: 'acme-solver',
      priorityClassName: 'platform-services',
      imagePullSecrets: [{ name: 'registry-pull' }],
    });
  });

  test('is monitored only where there is something to monitor with', () => {
    const monitor = 'prometheus.servicemonitor.enabled';
    expect(certManagerValues(settingsOf('prod'))).toHaveProperty(monitor, true);
    const without = settingsOf('prod', { 'platform:observability': { mode: 'off' } });
    expect(certManagerValues(without)).toHaveProperty(monitor, false);
  });
});

describe('the issuers', () => {
  test('sign with a CA that keeps its key when it is renewed', () => {
    expect(authoritySpec()).toMatchObject({
      isCA: true,
      secretName: 'platform-ca',
      privateKey: { rotationPolicy: 'Never' },
      issuerRef: { kind: 'ClusterIssuer', name: 'platform-bootstrap' },
    });
  });

  test('sign host names with that CA where no ACME server is set', () => {
    expect(platformIssuerSpec(settingsOf('local'))).toEqual({ ca: { secretName: 'platform-ca' } });
  });

  test('have an ACME server certify host names, by Ingresses that Istio serves', () => {
    // Reached by the gateway inside the cluster, and never behind a sidecar that wants mutual TLS.
    const solver = {
      ingressClassName: 'istio',
      serviceType: 'ClusterIP',
      podTemplate: {
        metadata: { labels: { 'app.kubernetes.io/name': 'acme-solver', 'sidecar.istio.io/inject': 'false' } },
        spec: { serviceAccountName: 'acme-solver', priorityClassName: 'platform-services' },
      },
    };
    expect(platformIssuerSpec(settingsOf('prod'))).toEqual({
      acme: {
        email: 'platform@example.com',
        server: 'https://acme-v02.api.letsencrypt.org/directory',
        privateKeySecretRef: { name: 'platform-acme-account' },
        solvers: [{ http01: { ingress: solver } }],
      },
    });
  });
});
