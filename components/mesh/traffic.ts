import type { Settings } from '../../stacks/schema';
import {
  allowApiServer,
  allowFromApiServer,
  allowScrape,
  type NetworkRule,
} from '../foundation/network-policy';

type Rules = Record<string, NetworkRule>;

/** What passes in and out of the control plane's namespace. */
export function controlPlaneTraffic(settings: Settings): Rules {
  const { apiServerCidrs } = settings.cluster;
  return {
    'allow-api-server': allowApiServer(apiServerCidrs),
    'allow-webhooks': allowFromApiServer(apiServerCidrs, [15017]),
    // Proxies get configuration and certificates over TLS; the plain-text port 15010 stays closed.
    'allow-proxies': { ingress: { from: 'any-namespace', ports: [15012] } },
    ...scrape(settings, [15014]),
  };
}

/** What passes in and out of the node agents' namespace. */
export function cniTraffic(settings: Settings): Rules {
  return {
    'allow-api-server': allowApiServer(settings.cluster.apiServerCidrs),
    ...scrape(settings, [15014]),
  };
}

/** What passes in and out of the gateway's namespace. */
export function gatewayTraffic(settings: Settings): Rules {
  return {
    'allow-world': { ingress: { from: 'anywhere', ports: [80, 443] } },
    // To the control plane and to whatever has a route; not out of the cluster.
    'allow-pods': { egress: { to: 'any-namespace', ports: [] } },
    ...scrape(settings, [15090]),
    ...(settings.certificates.issuer === 'acme' ? { 'allow-acme': ACME_ANSWERS } : {}),
  };
}

/** cert-manager's pods that answer an ACME server stand beside the gateway, which passes the question on. */
const ACME_ANSWERS: NetworkRule = {
  pods: { 'acme.cert-manager.io/http01-solver': 'true' },
  ingress: { from: 'same-namespace', ports: [8089] },
};

function scrape({ observability }: Settings, ports: number[]): Rules {
  return observability.mode === 'off' ? {} : { 'allow-scrape': allowScrape(ports) };
}
