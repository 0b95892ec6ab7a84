import { BlockList, isIP } from 'node:net';

export type Direction = 'ingress' | 'egress';
export type Labels = Readonly<Record<string, unknown>>;

/** Where one connection of a pod comes from or goes to, and the port that is asked for. */
export interface Traffic {
  peer: { address: string } | { namespace: string; labels: Labels };
  port: number;
  protocol: 'TCP' | 'UDP';
}

/** One rule of a policy. */
export interface PolicyRule {
  action: 'allow' | 'deny' | 'pass';
  /** Whether it names peers, ports or a protocol: one that does not is about everything. */
  isNarrow: boolean;
  matches: (traffic: Traffic) => boolean;
}

/** A policy as it acts on the pods of one namespace, of whichever kind it is. */
export interface Policy {
  directions: readonly Direction[];
  /** Whether it selects every pod of the namespace, whatever the pod's labels. */
  selectsAll: boolean;
  selects: (podLabels: Labels) => boolean;
  rules: (direction: Direction) => PolicyRule[];
  /** Tiers are asked in their order, and the policies of a tier in theirs. */
  tier: number;
  order: number;
}

/** The tier of whatever names none, the last one. */
export const DEFAULT_TIER = 1;

/** Whether a policy lets no pod of its namespace do anything but what its rules name. */
export function isDefaultDeny(policy: Policy, direction: Direction): boolean {
  if (!policy.selectsAll || !policy.directions.includes(direction)) return false;
  return policy.rules(direction).every(({ action, isNarrow }) => action === 'deny' || isNarrow);
}

/** Whether the policies of a namespace let a pod of it have this traffic. */
export function permits(
  policies: readonly Policy[],
  podLabels: Labels,
  direction: Direction,
  traffic: Traffic,
): boolean {
  const acting = policies
    .filter((policy) => policy.directions.includes(direction) && policy.selects(podLabels))
    .sort((one, other) => one.tier - other.tier || one.order - other.order);
  for (const tier of new Set(acting.map((policy) => policy.tier))) {
    const rules = acting
      .filter((policy) => policy.tier === tier)
      .flatMap((policy) => policy.rules(direction));
    const decisive = rules.find((rule) => rule.matches(traffic));
    // What no rule of a tier is about is denied there.
    if (decisive?.action !== 'pass') return decisive?.action === 'allow';
  }
  return true;
}

/** Whether a block of addresses holds an address; false where either is none. */
export function contains(block: unknown, address: string): boolean {
  const [network = '', bits = ''] = String(block).split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(network) === 0 || isIP(network) !== isIP(address) || !/^\d+$/.test(bits)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}
