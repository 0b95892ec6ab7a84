import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import type { WorkloadArgs } from './workload';

interface Metadata {
  name: string;
  namespace: string;
  labels: Record<string, string>;
}

/** The gateway of the platform, as routes name it: namespace/name. */
export const PLATFORM_GATEWAY = 'istio-ingress/platform';

/** Lets requests for the workload's host name in through the platform's gateway. */
export function createRoute(
  parent: pulumi.Resource,
  metadata: Metadata,
  { foundation, workload }: WorkloadArgs,
  service: k8s.core.v1.Service,
): void {
  const host = `${metadata.name}.${metadata.namespace}.svc.cluster.local`;
  new k8s.apiextensions.CustomResource(
    `${metadata.name}-route`,
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata,
      spec: {
        hosts: [workload.host],
        gateways: [PLATFORM_GATEWAY],
        http: [{ route: [{ destination: { host, port: { number: 80 } } }], timeout: '15s' }],
      },
    },
    // istiod's webhook guards routes: they come after it and go before it.
    {
      parent,
      dependsOn: [service, ...foundation.crdsOf('base'), ...presentOnly(foundation.release('istiod'))],
    },
  );
}

/** Has Prometheus read the workload's metrics. */
export function createMonitor(
  parent: pulumi.Resource,
  metadata: Metadata,
  { foundation, settings, workload }: WorkloadArgs,
  service: k8s.core.v1.Service,
): void {
  if (!workload.metrics) return;
  const port = workload.metrics.port === workload.port ? 'http' : 'http-metrics';
  new k8s.apiextensions.CustomResource(
    `${metadata.name}-monitor`,
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata,
      spec: {
        selector: { matchLabels: { app: metadata.name } },
        endpoints: [{ port, path: workload.metrics.path, interval: settings.observability.scrapeInterval }],
      },
    },
    { parent, dependsOn: [service, ...foundation.crdsOf('prometheus-operator-crds')] },
  );
}

function presentOnly<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}
