import { metricsServerValues } from '../../components/metrics/metrics-server';
import { settingsOf } from './settings';

describe('metrics-server', () => {
  test('is verified by the API server, with a certificate of the internal issuer', () => {
    expect(metricsServerValues(settingsOf('prod'))).toMatchObject({
      apiService: { insecureSkipTLSVerify: false },
      tls: {
        type: 'cert-manager',
        clusterDomain: 'cluster.local',
        certManager: { existingIssuer: { enabled: true, kind: 'ClusterIssuer', name: 'platform-internal' } },
      },
    });
  });

  test('uses the cert-manager that a cluster has', () => {
    const settings = settingsOf('prod', { 'platform:certificates.mode': 'existing' });
    expect(metricsServerValues(settings)).toHaveProperty('tls.type', 'cert-manager');
  });

  test('is verified without cert-manager too, with a certificate that upgrades keep', () => {
    const settings = settingsOf('local', { 'platform:certificates': { mode: 'off' } });
    expect(metricsServerValues(settings)).toMatchObject({
      apiService: { insecureSkipTLSVerify: false },
      tls: { type: 'helm', helm: { lookup: true } },
    });
  });

  test('verifies the kubelets: no argument says otherwise', () => {
    expect(JSON.stringify(metricsServerValues(settingsOf('local')))).not.toContain('insecure-tls');
  });

  test('has several replicas, spread, where the stack asks for it', () => {
    const values = metricsServerValues(settingsOf('prod'));
    expect(values).toMatchObject({ replicas: 3, podDisruptionBudget: { enabled: true, maxUnavailable: 1 } });
    expect(values.topologySpreadConstraints).toHaveLength(2);
    expect(metricsServerValues(settingsOf('local'))).toMatchObject({
      replicas: 1,
      podDisruptionBudget: { enabled: false },
      topologySpreadConstraints: [],
    });
  });

  test('comes from the private registry under its own path', () => {
    const settings = settingsOf('prod', {
      'platform:images.registry': 'registry.example.com/mirror',
      'platform:images.pullSecret': 'registry-pull',
    });
    expect(metricsServerValues(settings)).toMatchObject({
      image: { repository: 'registry.example.com/mirror/metrics-server/metrics-server' },
      imagePullSecrets: [{ name: 'registry-pull' }],
    });
  });

  test('shows its metrics only where there is something to read them', () => {
    const monitored = { metrics: { enabled: true }, serviceMonitor: { enabled: true, interval: '30s' } };
    expect(metricsServerValues(settingsOf('prod'))).toMatchObject(monitored);
    const without = settingsOf('prod', { 'platform:observability': { mode: 'off' } });
    expect(metricsServerValues(without)).toMatchObject({
      metrics: { enabled: false },
      serviceMonitor: { enabled: false },
    });
  });
});
