import type * as pulumi from '@pulumi/pulumi';
import { REDIS_SECRET } from './delivery/values';
import type { ComponentArgs } from './foundation/component';
import type { Istio } from './mesh/istio';
import { GRAFANA_SECRET } from './observability/grafana';
import type { SmokeTarget } from './operations/check';
import type { SmokeCheck } from './operations/smoke';

/** The stack's outputs. */
export interface PlatformOutputs extends Record<string, unknown> {
  /** URL by what is behind it: workloads, Grafana, Argo CD. */
  urls: Record<string, string>;
  /** Address that the DNS records of those URLs point to; empty without a gateway. */
  gatewayAddress: pulumi.Output<string> | string;
  /** Namespaces that the platform made. */
  namespaces: string[];
  /** The command that prints each generated password. */
  passwordCommands: Record<string, string>;
  /** What the smoke check looks at. */
  smoke: pulumi.Output<SmokeTarget>;
}

export function deriveOutputs(
  { settings, foundation }: ComponentArgs,
  smoke: SmokeCheck,
  mesh: Istio | undefined,
): PlatformOutputs {
  const { backup, certificates, delivery, observability, workloads } = settings;
  const routed = Object.entries(workloads).filter(([, { route }]) => route);
  // Without certificates the gateway speaks plain HTTP.
  const url = (host: string): string => `${certificates.mode === 'off' ? 'http' : 'https'}://${host}`;
  return {
    urls: {
      ...Object.fromEntries(routed.map(([name, { host }]) => [name, url(host)])),
      ...(mesh && observability.mode === 'managed' ? { grafana: url(observability.grafana.host) } : {}),
      ...(mesh && delivery.mode === 'managed' ? { argocd: url(delivery.host) } : {}),
    },
    gatewayAddress: mesh?.gatewayAddress ?? '',
    namespaces: foundation.namespaceNames(),
    passwordCommands: {
      ...(observability.mode === 'managed'
        ? {
            grafana: secretCommand('monitoring', GRAFANA_SECRET.name, GRAFANA_SECRET.password),
            'grafana-secret-key': secretCommand('monitoring', GRAFANA_SECRET.name, GRAFANA_SECRET.key),
          }
        : {}),
      // With single sign-on the built-in admin is off. Argo CD makes this Secret at its first start.
      ...(delivery.mode === 'managed' && !delivery.oidc
        ? { argocd: secretCommand('argocd', 'argocd-initial-admin-secret', 'password') }
        : {}),
      ...(delivery.mode === 'managed'
        ? { 'argocd-redis': secretCommand('argocd', REDIS_SECRET, 'auth') }
        : {}),
      ...(backup.mode === 'managed'
        ? { 'backup-repository': secretCommand('velero', 'velero-repo-credentials', 'repository-password') }
        : {}),
      ...Object.fromEntries(
        Object.entries(workloads).flatMap(([name, { namespace, secrets }]) =>
          secrets.map((key) => [`${name}.${key}`, secretCommand(namespace, `${name}-secrets`, key)]),
        ),
      ),
    },
    smoke: smoke.target,
  };
}

/** The kubectl command that prints one key of a Secret. */
export function secretCommand(namespace: string, name: string, key: string): string {
  return `kubectl -n ${namespace} get secret ${name} -o go-template='{{ index .data "${key}" | base64decode }}'`;
}
