import { isRecord, type KubernetesObject } from '../objects';
import { namespaceOf, selects } from '../stack';
import {
  contains,
  DEFAULT_TIER,
  type Direction,
  type Policy,
  type PolicyRule,
  type Traffic,
} from './traffic';

type Fields = Record<string, unknown>;

/** Calico, and others that have orders, give all of these one; among themselves it makes no difference. */
const ORDER = 1000;

/** A NetworkPolicy. */
export function kubernetesPolicy(object: KubernetesObject): Policy {
  const spec = fieldsOf(object.spec);
  const namespace = namespaceOf(object);
  const { podSelector } = spec;
  return {
    directions: directionsOf(spec),
    selectsAll: isEmpty(podSelector),
    selects: (labels) => selects(podSelector, labels),
    rules: (direction) => recordsIn(spec[direction]).map((rule) => ruleOf(rule, direction, namespace)),
    tier: DEFAULT_TIER,
    order: ORDER,
  };
}

/** Without policyTypes, it is about ingress always, and about egress where it has rules for it. */
function directionsOf({ policyTypes, egress }: Fields): Direction[] {
  const types = Array.isArray(policyTypes) ? policyTypes.map((type) => String(type).toLowerCase()) : [];
  if (types.length > 0) return types as Direction[];
  return recordsIn(egress).length > 0 ? ['ingress', 'egress'] : ['ingress'];
}

function ruleOf(rule: Fields, direction: Direction, namespace: string): PolicyRule {
  const peers = recordsIn(direction === 'ingress' ? rule.from : rule.to);
  const ports = recordsIn(rule.ports);
  return {
    action: 'allow',
    isNarrow: peers.length > 0 || ports.length > 0,
    matches: (traffic) =>
      (peers.length === 0 || peers.some((peer) => isPeer(peer, traffic, namespace))) &&
      (ports.length === 0 || ports.some((port) => isPort(port, traffic))),
  };
}

function isPeer(
  { ipBlock, namespaceSelector, podSelector }: Fields,
  { peer }: Traffic,
  own: string,
): boolean {
  if (isRecord(ipBlock)) {
    // The address that a pod is asked for at is not known here: the block may be meant for it.
    if (!('address' in peer)) return true;
    const except = Array.isArray(ipBlock.except) ? (ipBlock.except as unknown[]) : [];
    return contains(ipBlock.cidr, peer.address) && !except.some((block) => contains(block, peer.address));
  }
  if ('address' in peer) return false;
  const inNamespace = isRecord(namespaceSelector)
    ? selects(namespaceSelector, { 'kubernetes.io/metadata.name': peer.namespace })
    : peer.namespace === own;
  return inNamespace && selects(podSelector, peer.labels);
}

/** Names that pods answering DNS give their ports. */
const NAMED: Readonly<Record<string, number>> = { dns: 53, 'dns-tcp': 53 };

function isPort({ endPort, port, protocol = 'TCP' }: Fields, asked: Traffic): boolean {
  if (protocol !== asked.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === 'string') return NAMED[port] === asked.port;
  return Number(port) <= asked.port && asked.port <= Number(endPort ?? port);
}

/** Whether a LabelSelector selects everything. */
export function isEmpty(selector: unknown): boolean {
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  return Object.keys(fieldsOf(matchLabels)).length === 0 && recordsIn(matchExpressions).length === 0;
}

export function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

export function recordsIn(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
