import * as k8s from '@pulumi/kubernetes';
import type { types } from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { PodSecurityLevel } from '../catalogue';
import { allowDns, DEFAULT_DENY, type NetworkRule, networkPolicySpec } from './network-policy';

export interface PlatformNamespaceArgs {
  /** Pod Security level that is enforced; audit and warn are always `restricted`. */
  podSecurity: PodSecurityLevel;
  /** Kubernetes minor whose Pod Security Standards apply, such as "1.36". */
  kubernetesVersion: string;
  /** Hard limits of the namespace's ResourceQuota. */
  quota: Record<string, string>;
  /** What a container without requests or limits gets. */
  containerDefaults: { requests: Record<string, string>; limits: Record<string, string> };
  /** Whether pods of the system's own priority classes may run here; some clusters refuse them elsewhere. */
  criticalPods: boolean;
  /** Whether pods get a sidecar of the mesh. */
  mesh: boolean;
  /** What may pass beside DNS, by the policy's name. */
  traffic: Record<string, NetworkRule>;
  /** Further labels, for selectors of network policies and of admission. */
  labels?: Record<string, string>;
  /** Refuse deletion and replacement. */
  protect: boolean;
  /** What the namespace must come after. */
  after: pulumi.Resource[];
}

/**
 * A namespace with what no namespace should lack: a Pod Security level, a quota, defaults for containers, a
 * default-deny policy, and the openings it needs.
 */
export class PlatformNamespace extends pulumi.ComponentResource {
  readonly namespace: k8s.core.v1.Namespace;
  readonly podSecurity: PodSecurityLevel;
  /** What must be there before pods of the namespace are. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: PlatformNamespaceArgs, opts: pulumi.ComponentResourceOptions) {
    super('platform:foundation:Namespace', name, {}, opts);
    this.podSecurity = args.podSecurity;
    this.namespace = this.createNamespace(name, args);
    const metadata = { namespace: this.namespace.metadata.name };
    this.ready = [
      this.namespace,
      ...this.createQuotas(name, metadata, args),
      this.createLimitRange(name, metadata, args),
      ...this.createPolicies(name, metadata, args),
    ];
    this.registerOutputs({ name: this.namespace.metadata.name });
  }

  private createNamespace(name: string, args: PlatformNamespaceArgs): k8s.core.v1.Namespace {
    const version = `v${args.kubernetesVersion}`;
    return new k8s.core.v1.Namespace(
      name,
      {
        metadata: {
          name,
          labels: {
            'app.kubernetes.io/part-of': 'platform',
            'pod-security.kubernetes.io/enforce': args.podSecurity,
            'pod-security.kubernetes.io/enforce-version': version,
            'pod-security.kubernetes.io/audit': 'restricted',
            'pod-security.kubernetes.io/audit-version': version,
            'pod-security.kubernetes.io/warn': 'restricted',
            'pod-security.kubernetes.io/warn-version': version,
            'istio-injection': args.mesh ? 'enabled' : 'disabled',
            ...args.labels,
          },
        },
      },
      { parent: this, protect: args.protect, dependsOn: args.after },
    );
  }

  private createQuotas(
    name: string,
    metadata: { namespace: pulumi.Output<string> },
    { criticalPods, quota }: PlatformNamespaceArgs,
  ): k8s.core.v1.ResourceQuota[] {
    const create = (
      quotaName: string,
      spec: types.input.core.v1.ResourceQuotaSpec,
    ): k8s.core.v1.ResourceQuota =>
      new k8s.core.v1.ResourceQuota(
        `${name}-${quotaName}`,
        { metadata: { name: quotaName, ...metadata }, spec },
        { parent: this },
      );
    const classes = ['system-node-critical', 'system-cluster-critical'];
    const scope = { scopeName: 'PriorityClass', operator: 'In', values: classes };
    return [
      create('quota', { hard: quota }),
      ...(criticalPods
        ? [create('critical-pods', { hard: { pods: '1000' }, scopeSelector: { matchExpressions: [scope] } })]
        : []),
    ];
  }

  private createLimitRange(
    name: string,
    metadata: { namespace: pulumi.Output<string> },
    { containerDefaults }: PlatformNamespaceArgs,
  ): k8s.core.v1.LimitRange {
    return new k8s.core.v1.LimitRange(
      `${name}-limits`,
      {
        metadata: { name: 'container-defaults', ...metadata },
        spec: {
          limits: [
            {
              type: 'Container',
              defaultRequest: containerDefaults.requests,
              default: containerDefaults.limits,
            },
          ],
        },
      },
      { parent: this },
    );
  }

  private createPolicies(
    name: string,
    metadata: { namespace: pulumi.Output<string> },
    { traffic }: PlatformNamespaceArgs,
  ): k8s.networking.v1.NetworkPolicy[] {
    const rules: Record<string, NetworkRule> = {
      'default-deny': DEFAULT_DENY,
      'allow-dns': allowDns(),
      ...traffic,
    };
    return Object.entries(rules).map(
      ([policy, rule]) =>
        new k8s.networking.v1.NetworkPolicy(
          `${name}-${policy}`,
          { metadata: { name: policy, ...metadata }, spec: networkPolicySpec(rule) },
          { parent: this },
        ),
    );
  }
}
