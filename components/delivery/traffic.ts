import type { Settings } from '../../stacks/schema';
import { allowApiServer, allowScrape, allowWithin, type NetworkRule } from '../foundation/network-policy';
import { GATEWAY_NAMESPACE } from '../foundation/route';

/** Ports of the metrics of controller, server, repository server, ApplicationSet controller and HAProxy. */
const METRICS_PORTS = [8082, 8083, 8084, 8080, 9101];

/** What may pass in and out of the namespace, beside DNS. */
export function argoCdTraffic({
  cluster,
  delivery,
  mesh,
  observability,
}: Settings): Record<string, NetworkRule> {
  return {
    'allow-within-namespace': allowWithin(),
    'allow-api-server': allowApiServer(cluster.apiServerCidrs),
    // Repositories, chart registries and the identity provider.
    'allow-repositories': { egress: { to: 'anywhere', ports: repositoryPorts(delivery.repositories) } },
    ...(mesh.mode === 'off'
      ? {}
      : {
          'allow-gateway': {
            pods: { 'app.kubernetes.io/name': 'argocd-server' },
            ingress: { from: { namespaces: [GATEWAY_NAMESPACE] }, ports: [8080] },
          },
        }),
    ...(observability.mode === 'off' ? {} : { 'allow-scrape': allowScrape(METRICS_PORTS) }),
  };
}

/** TCP ports of the repositories, and 443 for all that is fetched over HTTPS beside them. */
function repositoryPorts(repositories: string[]): number[] {
  const ports = repositories.map((url) => {
    const [, scheme, port] = /^(\w+):\/\/[^/]*?(?::([0-9]+))?(?:\/|$)/.exec(url) ?? [];
    return port ? Number(port) : scheme === 'ssh' ? 22 : 443;
  });
  return [...new Set([443, ...ports])].sort((a, b) => a - b);
}
