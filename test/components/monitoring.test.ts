import { unknownPaths } from '../../components/charts/value-keys';
import { networkPolicySpec } from '../../components/foundation/network-policy';
import {
  alertmanagerConfig,
  RECEIVERS_SECRET,
  receiverSecrets,
} from '../../components/observability/alertmanager';
import { monitoringTraffic } from '../../components/observability/traffic';
import { kubePrometheusStackValues } from '../../components/observability/values';
import { loadValueKeys } from '../helpers/value-keys';
import { settingsOf } from './settings';

const RECEIVERS = 'platform:observability.alerts.receivers';
const SWITCH = 'platform:observability.alerts.deadMansSwitch';
const SPEC = 'prometheus.prometheusSpec';

const receivers = [
  { name: 'team', kind: 'slack', channel: '#alerts' },
  { name: 'on-call', kind: 'pagerduty', severity: 'critical' },
  {
    name: 'mail',
    kind: 'email',
    severity: 'info',
    address: 'ops@example.com',
    from: 'alerts@example.com',
    smarthost: 'smtp.example.com:587',
  },
  { name: 'hook', kind: 'webhook' },
];

describe('kube-prometheus-stack', () => {
  test('sets only keys that the chart has', () => {
    const everything = settingsOf('prod', {
      'platform:images.registry': 'registry.example.com/mirror',
      'platform:images.pullSecret': 'registry-pull',
      'platform:cluster.storageClass': 'fast',
    });
    const unknown = unknownPaths(
      kubePrometheusStackValues(everything),
      loadValueKeys('kube-prometheus-stack'),
    );
    // Grafana's own settings are an open map, and what is left the chart has in comments only.
    expect(unknown.filter((path) => !path.startsWith('grafana["grafana.ini"]')).sort()).toEqual([
      'grafana.persistence.storageClassName',
      'grafana.priorityClassName',
      'kube-state-metrics.priorityClassName',
      'prometheus-node-exporter.priorityClassName',
      'prometheusOperator.priorityClassName',
    ]);
  });

  test('keeps samples as long as the stack says, and never fills its volume', () => {
    const values = kubePrometheusStackValues(
      settingsOf('prod', {
        'platform:observability.retention': '45d',
        'platform:observability.storage': '200Gi',
      }),
    );
    expect(values).toHaveProperty(`${SPEC}.retention`, '45d');
    expect(values).toHaveProperty(`${SPEC}.retentionSize`, '174080MB');
    expect(values).toHaveProperty(
      `${SPEC}.storageSpec.volumeClaimTemplate.spec.resources.requests.storage`,
      '200Gi',
    );
    expect(values).toHaveProperty('alertmanager.alertmanagerSpec.retention', '120h0m0s');
  });

  test('keeps replicas apart and drains one at a time, where there are several', () => {
    const values = kubePrometheusStackValues(settingsOf('prod'));
    const parts = ['prometheus', 'alertmanager'].map((part) => [part, `${part}.${part}Spec`] as const);
    for (const [part, spec] of parts) {
      expect(values).toHaveProperty(`${spec}.replicas`, 3);
      expect(values).toHaveProperty(`${spec}.podAntiAffinity`, 'hard');
      expect(values).toHaveProperty(`${spec}.topologySpreadConstraints.0.labelSelector.matchLabels`, {
        'app.kubernetes.io/name': part,
      });
      expect(values).toHaveProperty(`${part}.podDisruptionBudget`, { enabled: true, minAvailable: 1 });
    }
  });

  test('lets a single replica be drained', () => {
    const values = kubePrometheusStackValues(
      settingsOf('local', { 'platform:availability.podDisruptionBudgets': true }),
    );
    expect(values).toHaveProperty(`${SPEC}.replicas`, 1);
    expect(values).toHaveProperty(`${SPEC}.podAntiAffinity`, 'soft');
    expect(values).toHaveProperty('prometheus.podDisruptionBudget.enabled', false);
    expect(values).toHaveProperty('alertmanager.podDisruptionBudget.enabled', false);
  });

  test('finds the monitors and rules of every release', () => {
    const spec = kubePrometheusStackValues(settingsOf('prod')).prometheus as {
      prometheusSpec: Record<string, unknown>;
    };
    const selectors = Object.entries(spec.prometheusSpec).filter(([key]) =>
      key.endsWith('NilUsesHelmValues'),
    );
    expect(selectors).toHaveLength(5);
    expect(selectors.every(([, value]) => value === false)).toBe(true);
  });

  test('leaves CRDs to layer zero', () => {
    expect(kubePrometheusStackValues(settingsOf('prod'))).toHaveProperty('crds.enabled', false);
  });

  test("has cert-manager's certificate for its webhook, or makes one by Jobs where there is no cert-manager", () => {
    const webhooks = 'prometheusOperator.admissionWebhooks';
    const managed = kubePrometheusStackValues(settingsOf('prod'));
    expect(managed).toHaveProperty(`${webhooks}.certManager.enabled`, true);
    expect(managed).toHaveProperty(`${webhooks}.patch.enabled`, false);
    const alone = kubePrometheusStackValues(settingsOf('prod', { 'platform:certificates': { mode: 'off' } }));
    expect(alone).toHaveProperty(`${webhooks}.certManager.enabled`, false);
    expect(alone).toHaveProperty(`${webhooks}.patch.enabled`, true);
    expect(alone).toHaveProperty(`${webhooks}.failurePolicy`, 'Ignore');
  });

  test.each([
    ['generic', true],
    ['eks', false],
    ['gke', false],
    ['aks', false],
  ])('on a %s cluster, watches the control plane: %s', (provider, enabled) => {
    const values = kubePrometheusStackValues(settingsOf('prod', { 'platform:cluster.provider': provider }));
    for (const part of ['kubeEtcd', 'kubeScheduler', 'kubeControllerManager', 'kubeProxy']) {
      expect(values).toHaveProperty(`${part}.enabled`, enabled);
    }
  });

  test('comes from the private registry, onto the storage class of the stack', () => {
    const values = kubePrometheusStackValues(
      settingsOf('prod', {
        'platform:images.registry': 'registry.example.com/mirror',
        'platform:images.pullSecret': 'registry-pull',
        'platform:cluster.storageClass': 'fast',
      }),
    );
    expect(values).toHaveProperty('global', {
      imageRegistry: 'registry.example.com/mirror',
      imagePullSecrets: [{ name: 'registry-pull' }],
    });
    expect(JSON.stringify(values).match(/"storageClassName":"fast"/g)).toHaveLength(3);
  });

  test('reads no Secret of the cluster for its metrics, and runs its node agent in a namespace of its own', () => {
    const values = kubePrometheusStackValues(settingsOf('prod'));
    expect(values).toHaveProperty('kube-state-metrics.collectorsExclude', ['configmaps', 'secrets']);
    expect(values).toHaveProperty('prometheus-node-exporter.namespaceOverride', 'node-exporter');
  });
});

describe('Grafana', () => {
  const grafana = (stack: string, changes = {}): unknown =>
    kubePrometheusStackValues(settingsOf(stack, changes)).grafana;

  test('takes its password and its encryption key from the Secret of the platform', () => {
    expect(grafana('prod')).toMatchObject({
      admin: { existingSecret: 'grafana-admin', passwordKey: 'admin-password' },
      envValueFrom: {
        GF_SECURITY_SECRET_KEY: { secretKeyRef: { name: 'grafana-admin', key: 'secret-key' } },
      },
    });
  });

  test('knows nobody without a password, and calls nobody at home', () => {
    expect(grafana('prod')).toHaveProperty(['grafana.ini'], {
      analytics: { check_for_updates: false, check_for_plugin_updates: false, reporting_enabled: false },
      'auth.anonymous': { enabled: false },
      news: { news_feed_enabled: false },
      plugins: { preinstall_disabled: true, preinstall_auto_update: false },
      security: { cookie_secure: true, disable_gravatar: true },
      snapshots: { external_enabled: false },
      users: { allow_sign_up: false },
      server: { domain: 'grafana.platform.example.com', root_url: 'https://grafana.platform.example.com' },
    });
  });

  test('works over plain HTTP where the gateway has no certificate, and by port-forward where there is none', () => {
    const plain = grafana('prod', { 'platform:certificates': { mode: 'off' } });
    expect(plain).toHaveProperty(
      ['grafana.ini', 'server', 'root_url'],
      'http://grafana.platform.example.com',
    );
    expect(plain).toHaveProperty(['grafana.ini', 'security', 'cookie_secure'], false);
    const alone = grafana('prod', { 'platform:mesh': { mode: 'off' } });
    expect(alone).not.toHaveProperty(['grafana.ini', 'server']);
    expect(alone).toHaveProperty(['grafana.ini', 'security', 'cookie_secure'], false);
  });

  test('reads ConfigMaps of its namespace only, and no container of it runs as root', () => {
    expect(grafana('prod')).toMatchObject({
      rbac: { create: false },
      sidecar: {
        dashboards: { searchNamespace: 'monitoring', resource: 'configmap' },
        datasources: { searchNamespace: 'monitoring', resource: 'configmap' },
      },
      initChownData: { enabled: false },
    });
  });
});

describe('Alertmanager', () => {
  const { alerts } = settingsOf('prod', { [RECEIVERS]: receivers }).observability;
  const config = alertmanagerConfig(alerts);

  test('tells each receiver of the alerts from its severity on', () => {
    expect(config).toHaveProperty('route.routes', [
      { receiver: 'no one', matchers: ['alertname =~ "Watchdog|InfoInhibitor"'] },
      { receiver: 'team', matchers: ['severity =~ "critical|warning"'], continue: true },
      { receiver: 'on-call', matchers: ['severity = "critical"'], continue: true },
      { receiver: 'mail', matchers: [], continue: true },
      { receiver: 'hook', matchers: ['severity =~ "critical|warning"'], continue: true },
    ]);
  });

  test('holds no secret: it reads each from the file of its receiver', () => {
    const file = (name: string): string => `/etc/alertmanager/secrets/${RECEIVERS_SECRET}/${name}`;
    expect(config.receivers).toMatchObject([
      { name: 'no one' },
      { name: 'team', slack_configs: [{ api_url_file: file('team'), channel: '#alerts' }] },
      { name: 'on-call', pagerduty_configs: [{ routing_key_file: file('on-call') }] },
      {
        name: 'mail',
        email_configs: [
          {
            to: 'ops@example.com',
            auth_username: 'alerts@example.com',
            auth_password_file: file('mail'),
            require_tls: true,
          },
        ],
      },
      { name: 'hook', webhook_configs: [{ url_file: file('hook') }] },
    ]);
  });

  test('mounts those files where there are receivers', () => {
    const secrets = 'alertmanager.alertmanagerSpec.secrets';
    expect(kubePrometheusStackValues(settingsOf('prod'))).toHaveProperty(secrets, [RECEIVERS_SECRET]);
    expect(kubePrometheusStackValues(settingsOf('prod', { [RECEIVERS]: [] }))).toHaveProperty(secrets, []);
  });

  test('drops everything where nobody is to be told', () => {
    expect(alertmanagerConfig({ receivers: [] })).toMatchObject({
      route: { receiver: 'no one' },
      receivers: [{ name: 'no one' }],
    });
  });
});

describe("a dead man's switch", () => {
  const settings = settingsOf('prod', { [RECEIVERS]: [], [SWITCH]: 'https://hidden.example.com/x' });
  const { alerts } = settings.observability;

  test('hears of Watchdog every minute, before it is dropped, and of nothing else', () => {
    const config = alertmanagerConfig(alerts);
    expect(config).toHaveProperty('route.routes', [
      {
        receiver: 'dead_mans_switch',
        matchers: ['alertname = "Watchdog"'],
        group_wait: '0s',
        group_interval: '1m',
        repeat_interval: '50s',
      },
      { receiver: 'no one', matchers: ['alertname =~ "Watchdog|InfoInhibitor"'] },
    ]);
    expect(config.receivers).toContainEqual({
      name: 'dead_mans_switch',
      webhook_configs: [
        {
          url_file: `/etc/alertmanager/secrets/${RECEIVERS_SECRET}/dead_mans_switch`,
          send_resolved: false,
        },
      ],
    });
  });

  test('is reached on 443, and its URL is in the Secret only', () => {
    expect(Object.keys(receiverSecrets(alerts))).toEqual(['dead_mans_switch']);
    expect(kubePrometheusStackValues(settings)).toHaveProperty('alertmanager.alertmanagerSpec.secrets', [
      RECEIVERS_SECRET,
    ]);
    expect(monitoringTraffic(settings)['allow-receivers']?.egress?.ports).toEqual([443]);
    const shown = JSON.stringify([alertmanagerConfig(alerts), kubePrometheusStackValues(settings)]);
    expect(shown).not.toContain('hidden');
  });
});

describe('the traffic of monitoring', () => {
  test('lets Alertmanager out on the ports of its receivers', () => {
    const rules = monitoringTraffic(settingsOf('prod', { [RECEIVERS]: receivers }));
    expect(rules['allow-receivers']).toEqual({
      pods: { 'app.kubernetes.io/name': 'alertmanager' },
      egress: { to: 'anywhere', ports: [443, 587] },
    });
    expect(monitoringTraffic(settingsOf('prod', { [RECEIVERS]: [] }))).not.toHaveProperty('allow-receivers');
  });

  test('lets only the gateway in to Grafana, and nobody from outside to Prometheus', () => {
    const rules = monitoringTraffic(settingsOf('prod'));
    const inward = Object.entries(rules).filter(([, rule]) => rule.ingress?.from !== undefined);
    expect(inward.map(([name]) => name)).toEqual([
      'allow-within-namespace',
      'allow-webhook',
      'allow-gateway',
    ]);
    expect(rules['allow-gateway']?.pods).toEqual({ 'app.kubernetes.io/name': 'grafana' });
    expect(monitoringTraffic(settingsOf('prod', { 'platform:mesh': { mode: 'off' } }))).not.toHaveProperty(
      'allow-gateway',
    );
  });

  test('lets Prometheus reach every pod, and of nodes the ports that it scrapes, but not the rest of the world', () => {
    const traffic = monitoringTraffic(settingsOf('prod'));
    const podSelector = { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } };
    const [pods, nodes] = ['allow-scraping', 'allow-scraping-nodes'].map((name) =>
      networkPolicySpec(traffic[name]!),
    );
    expect(pods).toEqual({
      podSelector,
      policyTypes: ['Egress'],
      egress: [{ to: [{ namespaceSelector: {} }], ports: [] }],
    });
    const ports = [2381, 9091, 9100, 10249, 10250, 10257, 10259];
    expect(nodes).toEqual({
      podSelector,
      policyTypes: ['Egress'],
      egress: [{ to: [], ports: ports.map((port) => ({ port, protocol: 'TCP' })) }],
    });
  });
});
