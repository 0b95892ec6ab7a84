import type { Settings } from '../../stacks/schema';
import {
  allowApiServer,
  allowFromApiServer,
  allowWithin,
  type NetworkRule,
} from '../foundation/network-policy';
import { GATEWAY_NAMESPACE } from '../foundation/route';
import { receiverPorts } from './alertmanager';

const PROMETHEUS = { 'app.kubernetes.io/name': 'prometheus' };

/** Metrics on the network of nodes: etcd, Felix, node-exporter, kube-proxy, kubelet, controller manager, scheduler. */
const NODE_PORTS = [2381, 9091, 9100, 10249, 10250, 10257, 10259];

/** What may pass in and out of the namespace, beside DNS. */
export function monitoringTraffic(settings: Settings): Record<string, NetworkRule> {
  const { cluster, mesh, observability } = settings;
  const alertmanager = { 'app.kubernetes.io/name': 'alertmanager' };
  const ports = receiverPorts(observability.alerts);
  return {
    'allow-within-namespace': allowWithin(),
    'allow-api-server': allowApiServer(cluster.apiServerCidrs),
    'allow-webhook': {
      pods: { app: 'kube-prometheus-stack-operator' },
      ...allowFromApiServer(cluster.apiServerCidrs, [10250]),
    },
    // What Prometheus scrapes is on any port of any pod, and on those of nodes where the platform knows of something.
    'allow-scraping': { pods: PROMETHEUS, egress: { to: 'any-namespace', ports: [] } },
    'allow-scraping-nodes': { pods: PROMETHEUS, egress: { to: 'anywhere', ports: NODE_PORTS } },
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
  };
}
