import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { stringify } from 'yaml';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import { allowScrape } from '../foundation/network-policy';
import { createRoute } from '../foundation/route';
import { alertmanagerConfig, RECEIVERS_SECRET, receiverSecrets } from './alertmanager';
import { GRAFANA_SECRET } from './grafana';
import { monitoringTraffic } from './traffic';
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
      const ready = this.createNamespaces();
      const secrets = [this.createGrafanaSecret(ready), ...this.createAlertmanagerSecrets(ready)];
      const release = this.installChart([...ready, ...secrets, ...this.createSidecarRole(ready)]);
      this.createGrafanaRoute(release);
    }
    this.registerOutputs();
  }

  private createNamespaces(): pulumi.Resource[] {
    const { foundation, settings } = this.args;
    const monitoring = foundation.chartNamespace('kube-prometheus-stack', monitoringTraffic(settings));
    const nodeExporter = foundation.namespace(NODE_EXPORTER_NAMESPACE, 'privileged', {
      traffic: { 'allow-scrape': allowScrape([9100]) },
      criticalPods: true,
    });
    return [...monitoring.ready, ...nodeExporter.ready];
  }

  private createGrafanaSecret(ready: pulumi.Resource[]): k8s.core.v1.Secret {
    return this.createSecret(ready, 'grafana', GRAFANA_SECRET.name, {
      [GRAFANA_SECRET.user]: 'admin',
      [GRAFANA_SECRET.password]: this.createPassword('grafana-admin'),
      [GRAFANA_SECRET.key]: this.createPassword('grafana-secret-key'),
    });
  }

  private createAlertmanagerSecrets(ready: pulumi.Resource[]): k8s.core.v1.Secret[] {
    const { alerts } = this.args.settings.observability;
    const secrets = receiverSecrets(alerts);
    return [
      this.createSecret(ready, 'alertmanager', CONFIG_SECRET, {
        'alertmanager.yaml': stringify(alertmanagerConfig(alerts)),
      }),
      ...(Object.keys(secrets).length > 0
        ? [this.createSecret(ready, 'receivers', RECEIVERS_SECRET, secrets)]
        : []),
    ];
  }

  /** What Grafana's sidecar may read: the dashboards and data sources of this namespace, and no Secret. */
  private createSidecarRole(ready: pulumi.Resource[]): pulumi.Resource[] {
    const metadata = { name: 'grafana-sidecar', namespace: NAMESPACE };
    const role = new k8s.rbac.v1.Role(
      `${this.name}-grafana-sidecar`,
      {
        metadata,
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }],
      },
      this.child(...ready),
    );
    const binding = new k8s.rbac.v1.RoleBinding(
      `${this.name}-grafana-sidecar`,
      {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', name: GRAFANA, namespace: NAMESPACE }],
      },
      this.child(...ready, role),
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
    ready: pulumi.Resource[],
    suffix: string,
    name: string,
    stringData: Record<string, pulumi.Input<string>>,
  ): k8s.core.v1.Secret {
    return new k8s.core.v1.Secret(
      `${this.name}-${suffix}`,
      { metadata: { name, namespace: NAMESPACE }, stringData },
      this.child(...ready),
    );
  }
}
