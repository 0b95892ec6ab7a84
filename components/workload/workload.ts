import { createHash } from 'node:crypto';
import * as k8s from '@pulumi/kubernetes';
import * as kx from '@pulumi/kubernetesx';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { toSeconds } from '../../stacks/literals';
import type { Settings, Workload as WorkloadSettings } from '../../stacks/schema';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import { networkPolicySpec } from '../foundation/network-policy';
import { createRoute } from '../foundation/route';
import { onlyFromGateway } from '../mesh/authorization';
import { monitorSpec, scrapeAnnotations } from './metrics';
import { networkRules, podSpec } from './pod';

export interface WorkloadArgs extends ComponentArgs {
  workload: WorkloadSettings;
  /** What must be ready before its objects and its pods are made: the mesh, admission. */
  after: (pulumi.Resource | undefined)[];
}

/** An application: its pods, how they scale and survive, who may talk to them, and how they are reached. */
export class Workload extends PlatformComponent {
  readonly deployment: k8s.apps.v1.Deployment;
  private readonly settings: Settings;
  private readonly workload: WorkloadSettings;
  private readonly metadata: { name: string; namespace: string; labels: Record<string, string> };

  constructor(
    readonly workloadName: string,
    private readonly workloadArgs: WorkloadArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super('workload', workloadName, workloadArgs, opts);
    this.settings = workloadArgs.settings;
    this.workload = workloadArgs.workload;
    this.metadata = {
      name: workloadName,
      namespace: this.workload.namespace,
      labels: recommendedLabels(workloadName),
    };
    const account = this.createServiceAccount();
    const config = this.createConfig();
    const secret = this.createSecret();
    const policies = this.createNetworkPolicies();
    this.deployment = this.createDeployment(account, config, secret, policies);
    this.createScaling();
    this.createDisruptionBudget();
    const service = this.createService();
    this.createRoute(service);
    this.createAuthorization();
    this.createMonitor(service);
    this.registerOutputs();
  }

  private inNamespace(...after: (pulumi.Resource | undefined)[]): pulumi.CustomResourceOptions {
    const namespace = this.args.foundation.namespace(
      this.workload.namespace,
      this.settings.security.podSecurity,
    );
    return this.child(...namespace.ready, ...this.workloadArgs.after, ...after);
  }

  private createServiceAccount(): k8s.core.v1.ServiceAccount {
    const name = this.workloadName;
    return new k8s.core.v1.ServiceAccount(
      name,
      { metadata: this.metadata, automountServiceAccountToken: false },
      this.inNamespace(),
    );
  }

  private createConfig(): kx.ConfigMap | undefined {
    if (Object.keys(this.workload.config).length === 0) return undefined;
    return new kx.ConfigMap(
      this.workloadName,
      { metadata: { ...this.metadata, name: `${this.workloadName}-config` }, data: this.workload.config },
      this.inNamespace(),
    );
  }

  private createSecret(): kx.Secret | undefined {
    if (this.workload.secrets.length === 0) return undefined;
    const stringData = Object.fromEntries(
      this.workload.secrets.map((key) => {
        const resource = `${this.workloadName}-${key.toLowerCase().replaceAll('_', '-')}`;
        const password = new random.RandomPassword(resource, { length: 32, special: false }, this.child());
        return [key, password.result];
      }),
    );
    return new kx.Secret(
      this.workloadName,
      { metadata: { ...this.metadata, name: `${this.workloadName}-secrets` }, stringData },
      this.inNamespace(),
    );
  }

  private createNetworkPolicies(): k8s.networking.v1.NetworkPolicy[] {
    return Object.entries(networkRules(this.settings, this.workload)).map(
      ([policy, rule]) =>
        new k8s.networking.v1.NetworkPolicy(
          `${this.workloadName}-${policy}`,
          {
            metadata: { ...this.metadata, name: `${this.workloadName}-${policy}` },
            spec: networkPolicySpec({ ...rule, pods: { app: this.workloadName } }),
          },
          this.inNamespace(),
        ),
    );
  }

  private createDeployment(
    account: k8s.core.v1.ServiceAccount,
    config: kx.ConfigMap | undefined,
    secret: kx.Secret | undefined,
    policies: pulumi.Resource[],
  ): k8s.apps.v1.Deployment {
    const { autoscaling, progressDeadline, replicas } = this.workload;
    const pod = new kx.PodBuilder(podSpec(this.workloadName, this.settings, this.workload, config, secret));
    const built = pod.asDeploymentSpec({
      replicas,
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: toSeconds(progressDeadline),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    const spec = pulumi.output(built).apply(({ replicas: fixed, template, ...rest }) => ({
      ...rest,
      // The autoscaler owns the number of pods; naming one here would undo its work on every update.
      ...(autoscaling ? {} : { replicas: fixed }),
      template: {
        ...template,
        metadata: {
          labels: { ...template.metadata?.labels, ...this.metadata.labels },
          // New configuration makes new pods.
          annotations: {
            'platform.dev/config-checksum': checksum(this.workload.config),
            ...scrapeAnnotations(this.workload),
          },
        },
      },
    }));
    return new k8s.apps.v1.Deployment(
      this.workloadName,
      { metadata: this.metadata, spec },
      this.inNamespace(account, ...policies),
    );
  }

  private createScaling(): void {
    const { autoscaling } = this.workload;
    if (!autoscaling) return;
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      this.workloadName,
      {
        metadata: this.metadata,
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: this.workloadName },
          minReplicas: autoscaling.min,
          maxReplicas: autoscaling.max,
          metrics: [
            {
              type: 'Resource',
              resource: {
                name: 'cpu',
                target: { type: 'Utilization', averageUtilization: Math.round(parseFloat(autoscaling.cpu)) },
              },
            },
          ],
          behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
        },
      },
      this.child(this.deployment),
    );
  }

  private createDisruptionBudget(): void {
    const fewest = this.workload.autoscaling ? this.workload.autoscaling.min : this.workload.replicas;
    if (!this.settings.availability.podDisruptionBudgets || fewest < 2) return;
    new k8s.policy.v1.PodDisruptionBudget(
      this.workloadName,
      {
        metadata: this.metadata,
        spec: {
          maxUnavailable: 1,
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
          selector: { matchLabels: { app: this.workloadName } },
        },
      },
      this.inNamespace(),
    );
  }

  /** Lets requests for the workload's host name in through the platform's gateway. */
  private createRoute(service: pulumi.Resource): void {
    const { host, namespace, route } = this.workload;
    if (!route) return;
    const target = { host, namespace, service: this.workloadName, port: 80 };
    createRoute(`${this.workloadName}-route`, target, this.args, this.child(service));
  }

  /** Says who may ask its pods, which the mesh holds to: whom its network policies let in. */
  private createAuthorization(): void {
    const { mesh, route } = this.workload;
    if (!mesh || this.settings.mesh.mode === 'off') return;
    const { foundation } = this.args;
    new k8s.apiextensions.CustomResource(
      `${this.workloadName}-authorization`,
      {
        apiVersion: 'security.istio.io/v1',
        kind: 'AuthorizationPolicy',
        metadata: this.metadata,
        spec: onlyFromGateway({ app: this.workloadName }, route),
      },
      this.inNamespace(...foundation.crdsOf('base'), foundation.release('istiod')),
    );
  }

  /** Has Prometheus read the workload's metrics. */
  private createMonitor(service: pulumi.Resource): void {
    if (!this.workload.metrics) return;
    new k8s.apiextensions.CustomResource(
      `${this.workloadName}-monitor`,
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'ServiceMonitor',
        metadata: this.metadata,
        spec: monitorSpec(this.workloadName, this.workload, this.settings.observability.scrapeInterval),
      },
      this.child(service, ...this.args.foundation.crdsOf('prometheus-operator-crds')),
    );
  }

  private createService(): k8s.core.v1.Service {
    const { metrics, port } = this.workload;
    const ports = [{ name: 'http', port: 80, targetPort: 'http' }];
    if (metrics && metrics.port !== port)
      ports.push({ name: 'http-metrics', port: metrics.port, targetPort: 'http-metrics' });
    // Its pods are available already; the provider would wait ten more seconds for its endpoints to settle.
    const annotations = { 'pulumi.com/skipAwait': 'true' };
    return new k8s.core.v1.Service(
      this.workloadName,
      {
        metadata: { ...this.metadata, annotations },
        spec: { selector: { app: this.workloadName }, ports },
      },
      this.child(this.deployment),
    );
  }
}

function recommendedLabels(name: string): Record<string, string> {
  return {
    app: name,
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/part-of': 'platform',
  };
}

function checksum(config: Record<string, string>): string {
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(config).sort()))
    .digest('hex')
    .slice(0, 16);
}
