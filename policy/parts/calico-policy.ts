import { type KubernetesObject } from '../objects';
import { namespaceOf } from '../stack';
import { calicoSelects, UNSURE, type LabelOf } from './calico-selector';
import { fieldsOf, recordsIn } from './kubernetes-policy';
import {
  contains,
  DEFAULT_TIER,
  type Direction,
  type Labels,
  type Policy,
  type PolicyRule,
  type Traffic,
} from './traffic';

type Fields = Record<string, unknown>;
type Known = Readonly<Record<string, string | undefined>>;

/** A namespace, with the labels that are known of it. */
export interface Namespace {
  name: string;
  /** Undefined where others make it. */
  labels?: Labels;
}

/** A policy of Calico's as it acts on the pods of a namespace; undefined where it does not. */
export function calicoPolicy(object: KubernetesObject, namespace: Namespace): Policy | undefined {
  const spec = fieldsOf(object.spec);
  const inNamespace =
    object.kind === 'NetworkPolicy'
      ? namespaceOf(object) === namespace.name
      : holds(spec.namespaceSelector, labelsOfNamespace(namespace));
  if (!inNamespace || spec.serviceAccountSelector !== undefined) return undefined;
  const own: Known = {
    'projectcalico.org/namespace': namespace.name,
    'projectcalico.org/orchestrator': 'k8s',
  };
  return {
    directions: directionsOf(spec),
    selectsAll: holds(spec.selector, (label) => own[label] ?? UNSURE),
    selects: (labels) => holds(spec.selector, among({ ...labels, ...own })),
    rules: (direction) =>
      recordsIn(spec[direction]).flatMap((rule) => ruleOf(rule, direction, namespace.name)),
    // Other tiers come before the default one; nothing here says in which order.
    tier: spec.tier === undefined || spec.tier === 'default' ? DEFAULT_TIER : DEFAULT_TIER - 1,
    order: typeof spec.order === 'number' ? spec.order : Number.MAX_VALUE,
  };
}

/** Without types, it is about what it has rules for, and about ingress where it has none. */
function directionsOf({ types, ingress, egress }: Fields): Direction[] {
  if (Array.isArray(types) && types.length > 0) {
    return types.map((type) => String(type).toLowerCase() as Direction);
  }
  const outward = recordsIn(egress).length > 0;
  const inward = recordsIn(ingress).length > 0 || !outward;
  return [...(inward ? ['ingress' as const] : []), ...(outward ? ['egress' as const] : [])];
}

const ACTIONS: Readonly<Record<string, PolicyRule['action']>> = {
  Allow: 'allow',
  Deny: 'deny',
  Pass: 'pass',
};

/** What a rule does; a rule that only logs does nothing. */
function ruleOf(rule: Fields, direction: Direction, namespace: string): PolicyRule[] {
  const action = ACTIONS[String(rule.action)];
  if (!action) return [];
  const isNarrow = !isVoid(without(rule, ['action', 'metadata']));
  return [{ action, isNarrow, matches: (traffic) => matches(rule, direction, namespace, traffic) }];
}

/** What is not understood matches nothing: neither does it open, nor does it close. */
function matches(rule: Fields, direction: Direction, namespace: string, traffic: Traffic): boolean {
  const { protocol } = rule;
  if (!isVoid(without(rule, ['action', 'metadata', 'protocol', 'source', 'destination']))) return false;
  if (protocol !== undefined && protocol !== traffic.protocol) return false;
  const source = fieldsOf(rule.source);
  const destination = without(fieldsOf(rule.destination), ['ports']);
  const [peer, self] = direction === 'ingress' ? [source, destination] : [destination, source];
  if (!isVoid(self) || !isAnyPort(fieldsOf(rule.destination).ports, traffic.port)) return false;
  return isPeer(peer, namespace, traffic, rule.action === 'Allow');
}

function isPeer(entity: Fields, own: string, { peer }: Traffic, isOpening: boolean): boolean {
  const { nets, notNets, selector, namespaceSelector } = entity;
  if (!isVoid(without(entity, ['nets', 'notNets', 'selector', 'namespaceSelector']))) return false;
  const isPod = selector !== undefined || namespaceSelector !== undefined;
  if ('address' in peer) {
    const within = (blocks: unknown): boolean =>
      Array.isArray(blocks) && blocks.some((block) => contains(block, peer.address));
    return !isPod && (isVoid(nets) || within(nets)) && !within(notNets);
  }
  // The address that a pod is asked for at is not known here: what opens a block may be meant for it.
  if (!isPod) return isVoid(nets) || isOpening;
  const inNamespace =
    namespaceSelector === undefined
      ? peer.namespace === own
      : holds(namespaceSelector, labelsOfNamespace({ name: peer.namespace }));
  return inNamespace && holds(selector, among(peer.labels));
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

function isAnyPort(ports: unknown, port: number): boolean {
  if (!Array.isArray(ports) || ports.length === 0) return true;
  return ports.some((each) => {
    const [first, last = first] = String(each).split(':').map(Number);
    return first !== undefined && last !== undefined && first <= port && port <= last;
  });
}

function labelsOfNamespace({ name, labels }: Namespace): LabelOf {
  const known: Known = { 'kubernetes.io/metadata.name': name, 'projectcalico.org/name': name };
  if (labels) return among({ ...labels, ...known });
  return (label) => known[label] ?? UNSURE;
}

function among(labels: Labels): LabelOf {
  return (label) => (typeof labels[label] === 'string' ? labels[label] : undefined);
}

/** Whether a selector surely selects; one that is absent or empty selects everything. */
function holds(selector: unknown, labelOf: LabelOf): boolean {
  return typeof selector !== 'string' || selector.trim() === '' || calicoSelects(selector, labelOf) === true;
}

/** Whether a field says nothing. */
function isVoid(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.values(value).every(isVoid);
}
