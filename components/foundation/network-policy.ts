import type { types } from '@pulumi/kubernetes';

type PolicySpec = types.input.networking.v1.NetworkPolicySpec;

/** Where traffic comes from or goes to: every pod of some namespaces, or blocks of addresses. */
export type Peer =
  | { namespaces: string[] }
  | { cidrs: string[] }
  | 'anywhere'
  | 'anywhere-but-metadata'
  | 'any-namespace'
  | 'same-namespace';

/** One opening (or, with neither direction, the closing of both). Ports are TCP unless written as "53/UDP". */
export interface NetworkRule {
  /** Pods it is about; all of the namespace by default. */
  pods?: Record<string, string>;
  ingress?: { from: Peer; ports: (number | string)[] };
  egress?: { to: Peer; ports: (number | string)[] };
}

/** Every address but those at which clouds answer on port 80 with the credentials of a node. */
const WITHOUT_METADATA = [
  { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] },
  { cidr: '::/0', except: ['fd00:ec2::/32', 'fe80::/10'] },
];

/** Nothing in, nothing out, for every pod of the namespace. */
export const DEFAULT_DENY: NetworkRule = {};

/** Names can be resolved: DNS of kube-system, node-local caches included. */
export function allowDns(): NetworkRule {
  return { egress: { to: { namespaces: ['kube-system'] }, ports: ['53/UDP', 53] } };
}

/** Pods of the namespace reach each other. */
export function allowWithin(): NetworkRule {
  return {
    ingress: { from: 'same-namespace', ports: [] },
    egress: { to: 'same-namespace', ports: [] },
  };
}

/**
 * The Kubernetes API can be reached. Network policies see the API server's addresses, not its Service: without
 * known addresses every address is open on the API's two usual ports.
 */
export function allowApiServer(cidrs: string[]): NetworkRule {
  return { egress: { to: cidrs.length > 0 ? { cidrs } : 'anywhere', ports: [443, 6443] } };
}

/** The API server may call webhooks and aggregated APIs on these ports; it is no pod, so any address may. */
export function allowFromApiServer(cidrs: string[], ports: number[]): NetworkRule {
  return { ingress: { from: cidrs.length > 0 ? { cidrs } : 'anywhere', ports } };
}

/** Prometheus may scrape these ports. */
export function allowScrape(ports: number[]): NetworkRule {
  return { ingress: { from: { namespaces: ['monitoring'] }, ports } };
}

/** The spec of a NetworkPolicy for a rule. */
export function networkPolicySpec(rule: NetworkRule): PolicySpec {
  const { ingress, egress, pods } = rule;
  const closes = !ingress && !egress;
  return {
    podSelector: pods ? { matchLabels: pods } : {},
    policyTypes: [...(ingress || closes ? ['Ingress'] : []), ...(egress || closes ? ['Egress'] : [])],
    ...(ingress ? { ingress: [{ from: peers(ingress.from), ports: ingress.ports.map(port) }] } : {}),
    ...(egress ? { egress: [{ to: peers(egress.to), ports: egress.ports.map(port) }] } : {}),
  };
}

function peers(peer: Peer): types.input.networking.v1.NetworkPolicyPeer[] {
  if (peer === 'anywhere') return [];
  if (peer === 'anywhere-but-metadata') return WITHOUT_METADATA.map((ipBlock) => ({ ipBlock }));
  if (peer === 'any-namespace') return [{ namespaceSelector: {} }];
  if (peer === 'same-namespace') return [{ podSelector: {} }];
  if ('cidrs' in peer) return peer.cidrs.map((cidr) => ({ ipBlock: { cidr } }));
  return peer.namespaces.map((name) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
  }));
}

function port(value: number | string): types.input.networking.v1.NetworkPolicyPort {
  const [number, protocol = 'TCP'] = String(value).split('/');
  return { port: Number(number), protocol };
}
