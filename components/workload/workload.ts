import { createHash } from 'node:crypto';
import * as k8s from '@pulumi/kubernetes';
import * as kx from '@pulumi/kubernetesx';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import type { Settings, Workload as WorkloadSettings } from '../../stacks/schema';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import { platformImage } from '../foundation/images';
import { allowScrape, type NetworkRule, networkPolicySpec } from '../foundation/network-policy';
import { createMonitor, createRoute } from './exposure';

/** User and group of every workload's processes: none that exists on a node. */
const UID = 10001;
/** Istio's control plane, as sidecars reach it. */
const ISTIOD_PORTS = [15010, 15012];

export interface WorkloadArgs extends ComponentArgs {
  workload: WorkloadSettings;
  /** What must be ready before its pods start: the mesh, admission. */
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
    if (this.workload.route) createRoute(this, this.metadata, workloadArgs, service);
    if (this.workload.metrics) createMonitor(this, this.metadata, workloadArgs, service);
    this.registerOutputs();
  }

  private inNamespace(...after: (pulumi.Resource | undefined)[]): pulumi.CustomResourceOptions {
    const namespace = this.args.foundation.namespace(
      this.workload.namespace,
      this.settings.security.podSecurity,
    );
    return this.child(...namespace.ready, ...after);
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
    const { autoscaling, replicas } = this.workload;
    const pod = new kx.PodBuilder(podSpec(this.workloadName, this.settings, this.workload, config, secret));
    const built = pod.asDeploymentSpec({
      replicas,
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 300,
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
          annotations: { 'platform.dev/config-checksum': checksum(this.workload.config) },
        },
      },
    }));
    return new k8s.apps.v1.Deployment(
      this.workloadName,
      { metadata: this.metadata, spec },
      this.inNamespace(account, ...policies, ...this.workloadArgs.after),
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

/** Who may talk to a workload's pods, and to whom they may talk, beside DNS. */
export function networkRules(settings: Settings, workload: WorkloadSettings): Record<string, NetworkRule> {
  const rules: Record<string, NetworkRule> = {};
  if (workload.route) {
    rules['allow-gateway'] = { ingress: { from: { namespaces: ['istio-ingress'] }, ports: [workload.port] } };
  }
  if (workload.mesh) {
    rules['allow-istiod'] = { egress: { to: { namespaces: ['istio-system'] }, ports: ISTIOD_PORTS } };
  }
  if (workload.metrics) {
    // Port 15020 is the sidecar's: it merges its own metrics with the workload's.
    rules['allow-scrape'] = allowScrape([workload.metrics.port, ...(workload.mesh ? [15020] : [])]);
  }
  workload.egress.forEach(({ cidr, namespace, ports }, index) => {
    const to = namespace === undefined ? { cidrs: [cidr ?? ''] } : { namespaces: [namespace] };
    rules[`allow-egress-${index + 1}`] = { egress: { to, ports } };
  });
  return rules;
}

function podSpec(
  name: string,
  settings: Settings,
  workload: WorkloadSettings,
  config: kx.ConfigMap | undefined,
  secret: kx.Secret | undefined,
): kx.types.PodSpec {
  const { availability, images } = settings;
  const { metrics, port, probes, resources } = workload;
  const probe = (path: string): k8s.types.input.core.v1.Probe => ({
    httpGet: { path, port: 'http' },
    periodSeconds: 10,
    timeoutSeconds: 3,
    failureThreshold: 3,
  });
  const secretEnv = secret ? workload.secrets.map((key) => [key, secret.asEnvValue(key)] as const) : [];
  return {
    serviceAccountName: name,
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 30,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: UID,
      runAsGroup: UID,
      fsGroup: UID,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(images.pullSecret ? { imagePullSecrets: [{ name: images.pullSecret }] } : {}),
    ...(availability.replicas > 1 ? { topologySpreadConstraints: spread(name) } : {}),
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
    containers: [
      {
        name,
        image: platformImage(workload.image, settings),
        imagePullPolicy: workload.image.includes('@') ? 'IfNotPresent' : 'Always',
        env: { ...workload.env, ...Object.fromEntries(secretEnv) },
        ports: { http: port, ...(metrics && metrics.port !== port ? { 'http-metrics': metrics.port } : {}) },
        resources,
        startupProbe: { ...probe(probes.liveness), failureThreshold: 30 },
        livenessProbe: probe(probes.liveness),
        readinessProbe: probe(probes.readiness),
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...(config ? [config.mount(`/etc/${name}`)] : [])],
      },
    ],
  };
}

function spread(name: string): k8s.types.input.core.v1.TopologySpreadConstraint[] {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { app: name } },
  }));
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
