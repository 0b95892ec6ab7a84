import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { stringify } from 'yaml';
import type { Settings } from '../../stacks/schema';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import {
  allowApiServer,
  allowFromApiServer,
  allowScrape,
  allowWithin,
  type NetworkRule,
} from '../foundation/network-policy';
import { createRoute, GATEWAY_NAMESPACE } from '../foundation/route';
import { alertmanagerConfig, receiverPorts, RECEIVERS_SECRET } from './alertmanager';
import { GRAFANA_SECRET } from './grafana';
import { kubePrometheusStackValues, NODE_EXPORTER_NAMESPACE } from './values';

export type MonitoringArgs = ComponentArgs;

const NAMESPACE = 'monitoring';
/** Names that the chart gives for this release. */
const GRAFANA = 'kube-prometheus-stack-grafana';
const CONFIG_SECRET = 'alertmanager-kube-prometheus-stack-alertmanager';

/** Metrics, alerts and dashboards: Prometheus, Alertmanager and Grafana. */
export class Monitoring extends PlatformComponent {
  constructor(
    private readonly name: string,
    args: MonitoringArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super('observability', name, args, opts);
    // The cluster's own Prometheus needs nothing of ours: it finds the monitors that components declare.
    if (args.foundation.manages('kube-prometheus-stack')) {
      const namespaces = this.createNamespaces();
      const secrets = [this.createGrafanaSecret(), ...this.createAlertmanagerSecrets()];
      const release = this.installChart([...namespaces, ...secrets, ...this.createSidecarRole()]);
      this.createGrafanaRoute(release);
    }
    this.registerOutputs();
  }

  private createNamespaces(): pulumi.Resource[] {
    const { foundation, settings } = this.args;
    return [
      foundation.chartNamespace('kube-prometheus-stack', monitoringTraffic(settings)),
      foundation.namespace(NODE_EXPORTER_NAMESPACE, 'privileged', {
        traffic: { 'allow-scrape': allowScrape([9100]) },
      }),
    ];
  }

  private createGrafanaSecret(): k8s.core.v1.Secret {
    return this.createSecret('grafana', GRAFANA_SECRET.name, {
      [GRAFANA_SECRET.user]: 'admin',
      [GRAFANA_SECRET.password]: this.createPassword('grafana-admin'),
      [GRAFANA_SECRET.key]: this.createPassword('grafana-secret-key'),
    });
  }

  private createAlertmanagerSecrets(): k8s.core.v1.Secret[] {
    const { alerts } = this.args.settings.observability;
    const secrets = Object.fromEntries(alerts.receivers.map(({ name, secret }) => [name, secret]));
    return [
      this.createSecret('alertmanager', CONFIG_SECRET, {
        'alertmanager.yaml': stringify(alertmanagerConfig(alerts)),
      }),
      ...(alerts.receivers.length > 0 ? [this.createSecret('receivers', RECEIVERS_SECRET, secrets)] : []),
    ];
  }

  /** What Grafana's sidecar may read: the dashboards and data sources of this namespace, and no Secret. */
  private createSidecarRole(): pulumi.Resource[] {
    const metadata = { name: 'grafana-sidecar', namespace: NAMESPACE };
    const role = new k8s.rbac.v1.Role(
      `${this.name}-grafana-sidecar`,
      {
        metadata,
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }],
      },
      this.inNamespace(),
    );
    const binding = new k8s.rbac.v1.RoleBinding(
      `${this.name}-grafana-sidecar`,
      {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', name: GRAFANA, namespace: NAMESPACE }],
      },
      this.inNamespace(role),
    );
    return [role, binding];
  }

  private installChart(after: pulumi.Resource[]): k8s.helm.v3.Release {
    const { foundation, settings } = this.args;
    return foundation.install(this, 'kube-prometheus-stack', kubePrometheusStackValues(settings), {
      overrides: settings.observability.values,
      after,
    });
  }

  private createGrafanaRoute(release: k8s.helm.v3.Release): void {
    const { mesh, observability } = this.args.settings;
    if (mesh.mode === 'off') return;
    createRoute(
      `${this.name}-grafana-route`,
      { host: observability.grafana.host, namespace: NAMESPACE, service: GRAFANA, port: 80 },
      this.args,
      { parent: this, dependsOn: [release] },
    );
  }

  private createPassword(suffix: string): pulumi.Output<string> {
    const args = { length: 32, special: false };
    return new random.RandomPassword(`${this.name}-${suffix}`, args, this.child()).result;
  }

  private createSecret(
    suffix: string,
    name: string,
    stringData: Record<string, pulumi.Input<string>>,
  ): k8s.core.v1.Secret {
    return new k8s.core.v1.Secret(
      `${this.name}-${suffix}`,
      { metadata: { name, namespace: NAMESPACE }, stringData },
      this.inNamespace(),
    );
  }

  private inNamespace(...after: pulumi.Resource[]): pulumi.CustomResourceOptions {
    return this.child(...this.args.foundation.namespace(NAMESPACE, 'restricted').ready, ...after);
  }
}

/** What may pass in and out of the namespace, beside DNS. */
export function monitoringTraffic(settings: Settings): Record<string, NetworkRule> {
  const { cluster, mesh, observability, runtimeSecurity } = settings;
  const alertmanager = { 'app.kubernetes.io/name': 'alertmanager' };
  const ports = receiverPorts(observability.alerts);
  return {
    'allow-within-namespace': allowWithin(),
    'allow-api-server': allowApiServer(cluster.apiServerCidrs),
    'allow-webhook': {
      pods: { app: 'kube-prometheus-stack-operator' },
      ...allowFromApiServer(cluster.apiServerCidrs, [10250]),
    },
    // What Prometheus scrapes is on any port of any pod and node.
    'allow-scraping': {
      pods: { 'app.kubernetes.io/name': 'prometheus' },
      egress: { to: 'anywhere', ports: [] },
    },
    ...(ports.length > 0
      ? { 'allow-receivers': { pods: alertmanager, egress: { to: 'anywhere', ports } } }
      : {}),
    ...(mesh.mode === 'off'
      ? {}
      : {
          'allow-gateway': {
            pods: { 'app.kubernetes.io/name': 'grafana' },
            ingress: { from: { namespaces: [GATEWAY_NAMESPACE] }, ports: [3000] },
          },
        }),
    ...(runtimeSecurity.mode === 'managed' && runtimeSecurity.sidekick
      ? { 'allow-falco': { pods: alertmanager, ingress: { from: { namespaces: ['falco'] }, ports: [9093] } } }
      : {}),
  };
}
