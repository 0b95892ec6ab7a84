import type { Settings } from '../../stacks/schema';
import { toPercent } from '../../stacks/literals';
import { CATALOGUE } from '../catalogue';
import type { Values } from '../foundation/values';
import { GATEWAY_LABEL } from './values';

/** What the mesh tells about itself. */

/** Spec of the Telemetry that holds for the whole mesh: access logs, and the share of requests that is traced. */
export function telemetrySpec({ accessLogs, tracingSampling }: Settings['mesh']): Values {
  return {
    accessLogging: [{ providers: [{ name: 'envoy' }], disabled: !accessLogs }],
    tracing: [{ randomSamplingPercentage: toPercent(tracingSampling) }],
  };
}

/** A monitor in the control plane's namespace. */
export interface Monitor {
  kind: 'ServiceMonitor' | 'PodMonitor';
  name: string;
  spec: Values;
}

/**
 * What Prometheus scrapes: the control plane, the node agents and the gateway. A sidecar's metrics come with those of
 * its workload; a second monitor would count each request twice.
 */
export function monitors({ observability }: Settings): Monitor[] {
  if (observability.mode === 'off') return [];
  const interval = observability.scrapeInterval;
  return [
    {
      kind: 'ServiceMonitor',
      name: 'istiod',
      spec: {
        selector: { matchLabels: { app: 'istiod' } },
        endpoints: [{ port: 'http-monitoring', interval }],
      },
    },
    {
      kind: 'PodMonitor',
      name: 'istio-cni',
      spec: {
        namespaceSelector: { matchNames: [CATALOGUE.cni.namespace] },
        selector: { matchLabels: { 'k8s-app': 'istio-cni-node' } },
        podMetricsEndpoints: [{ port: 'metrics', interval }],
      },
    },
    {
      kind: 'PodMonitor',
      name: 'istio-gateway',
      spec: {
        namespaceSelector: { matchNames: [CATALOGUE.gateway.namespace] },
        selector: { matchLabels: { istio: GATEWAY_LABEL } },
        podMetricsEndpoints: [{ port: 'http-envoy-prom', path: '/stats/prometheus', interval }],
      },
    },
  ];
}
