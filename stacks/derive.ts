import type { SecretText } from './fields';
import type { Path } from './paths';
import type { Filled } from './schema';

/** What follows from the settings of a stack and is not written in its file. */

/** Stands for a secret that nothing needs; where one is needed, the loader has refused its absence. */
const none = '' as SecretText;

type WorkloadInput = Filled['workloads'][string];
type TenantInput = Filled['tenants'][string];

/** Fills every field whose default depends on another one. Pure; the input is checked already. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- PlainSettings is this function's type
export function derive(filled: Filled) {
  const { availability, backup, mesh, observability } = filled;
  const minReplicas = mesh.gateway.minReplicas ?? availability.replicas;
  return {
    ...filled,
    availability: {
      ...availability,
      podDisruptionBudgets: availability.podDisruptionBudgets ?? availability.replicas > 1,
    },
    mesh: {
      ...mesh,
      gateway: {
        ...mesh.gateway,
        minReplicas,
        maxReplicas: mesh.gateway.maxReplicas ?? headroom(minReplicas),
      },
    },
    observability: {
      ...observability,
      grafana: { ...observability.grafana, host: grafanaHost(filled) },
      alerts: {
        ...observability.alerts,
        receivers: observability.alerts.receivers.map((receiver) => ({
          ...receiver,
          secret: receiver.secret ?? none,
        })),
      },
    },
    backup: { ...backup, bucket: backup.bucket ?? '', credentials: backup.credentials ?? none },
    delivery: deriveDelivery(filled),
    workloads: mapEntries(filled.workloads, (name, workload) => deriveWorkload(name, workload, filled)),
    tenants: mapEntries(filled.tenants, (_, tenant) => deriveTenant(tenant, filled)),
  };
}

type Routed = Pick<Filled, 'domain' | 'mesh' | 'observability' | 'delivery' | 'workloads'>;

/** Every host name that the gateway answers for, and the setting that gives it. */
export function hosts(filled: Routed): { host: string; path: Path }[] {
  if (filled.mesh.mode === 'off') return [];
  const routed = Object.entries(filled.workloads).filter(([, { route }]) => route);
  return [
    ...(filled.observability.mode === 'off'
      ? []
      : [{ host: grafanaHost(filled), path: ['observability', 'grafana', 'host'] }]),
    ...(filled.delivery.mode === 'off' ? [] : [{ host: deliveryHost(filled), path: ['delivery', 'host'] }]),
    ...routed.map(([name, workload]) => ({
      host: workloadHost(name, workload, filled.domain),
      path: ['workloads', name, 'host'],
    })),
  ];
}

function grafanaHost({ domain, observability }: Pick<Filled, 'domain' | 'observability'>): string {
  return observability.grafana.host ?? `grafana.${domain}`;
}

function deliveryHost({ delivery, domain }: Pick<Filled, 'delivery' | 'domain'>): string {
  return delivery.host ?? `argocd.${domain}`;
}

function workloadHost(name: string, { host }: WorkloadInput, domain: string): string {
  return host ?? `${name}.${domain}`;
}

function deriveDelivery(filled: Filled) {
  const { oidc, ...rest } = filled.delivery;
  const host = deliveryHost(filled);
  return { ...rest, host, ...(oidc ? { oidc: { ...oidc, clientSecret: oidc.clientSecret ?? none } } : {}) };
}

/** Most pods when nobody says: room to double, and one more so that a single pod can grow too. */
function headroom(fewest: number): number {
  return 2 * fewest + 1;
}

function deriveWorkload(name: string, workload: WorkloadInput, filled: Filled) {
  const replicas = workload.replicas ?? filled.availability.replicas;
  const autoscaling = filled.metrics.mode !== 'off' && replicas > 0 && workload.autoscaling;
  return {
    ...workload,
    replicas,
    namespace: workload.namespace ?? name,
    host: workloadHost(name, workload, filled.domain),
    mesh: workload.mesh && filled.mesh.mode !== 'off',
    route: workload.route && filled.mesh.mode !== 'off',
    autoscaling: autoscaling && deriveAutoscaling(autoscaling, replicas),
    metrics:
      workload.metrics !== false && filled.observability.mode !== 'off'
        ? { ...workload.metrics, port: workload.metrics.port ?? workload.port }
        : (false as const),
  };
}

function deriveAutoscaling(autoscaling: Exclude<WorkloadInput['autoscaling'], false>, replicas: number) {
  const min = autoscaling.min ?? replicas;
  return { ...autoscaling, min, max: autoscaling.max ?? headroom(min) };
}

function deriveTenant(tenant: TenantInput, { mesh, namespaces, security }: Filled) {
  return {
    ...tenant,
    quota: { ...namespaces.quota, ...tenant.quota },
    podSecurity: tenant.podSecurity ?? security.podSecurity,
    mesh: tenant.mesh && mesh.mode !== 'off',
  };
}

function mapEntries<V, R>(entries: Record<string, V>, to: (name: string, value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, to(name, value)]));
}
