import type { Settings } from '../../stacks/schema';
import {
  allowApiServer,
  allowFromApiServer,
  allowWithin,
  type NetworkRule,
} from '../foundation/network-policy';
import { GATEWAY_NAMESPACE } from '../foundation/route';
import { receiverPorts } from './alertmanager';

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
    // What Prometheus scrapes is on any port of any pod and node.
    'allow-scraping': {
      pods: { 'app.kubernetes.io/name': 'prometheus' },
      egress: { to: 'anywhere', ports: [] },
    },
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
