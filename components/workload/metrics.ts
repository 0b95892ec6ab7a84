import type { Workload } from '../../stacks/schema';
import type { Values } from '../foundation/values';

/**
 * Port of the sidecar's own metrics, merged with the workload's. It takes plain requests where the mesh refuses
 * them on every other port, and Prometheus is not in the mesh.
 * https://istio.io/latest/docs/ops/integrations/prometheus/
 */
export const SIDECAR_METRICS_PORT = 15020;

/** How a sidecar learns which metrics to merge with its own. */
export function scrapeAnnotations({ mesh, metrics }: Workload): Record<string, string> {
  if (!mesh || !metrics) return {};
  return {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': String(metrics.port),
    'prometheus.io/path': metrics.path,
  };
}

/** The spec of a workload's ServiceMonitor: its own port, or the sidecar's where it has one. */
export function monitorSpec(name: string, { mesh, metrics, port }: Workload, interval: string): Values {
  if (!metrics) return {};
  const own = metrics.port === port ? 'http' : 'http-metrics';
  const endpoint = mesh
    ? {
        port: 'http',
        path: '/stats/prometheus',
        relabelings: [
          {
            sourceLabels: ['__meta_kubernetes_pod_ip'],
            targetLabel: '__address__',
            replacement: `$1:${SIDECAR_METRICS_PORT}`,
          },
        ],
      }
    : { port: own, path: metrics.path };
  return { selector: { matchLabels: { app: name } }, endpoints: [{ ...endpoint, interval }] };
}
