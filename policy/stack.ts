import type { Match } from './kinds';
import {
  describeObject,
  matcher,
  matches,
  podMetadataOf,
  podSpecPath,
  type KubernetesObject,
} from './objects';
import { guarded } from './subject';

/** All objects of a stack, for rules that need several: typed resources and what releases render. */
export class Stack {
  /** What was looked for before: controls ask for the same kinds, and for one namespace after the other. */
  private readonly found = new Map<string, readonly KubernetesObject[]>();

  /** What is not known of them throws where it is read: see `guarded`. */
  readonly objects: readonly KubernetesObject[];

  constructor(objects: readonly KubernetesObject[]) {
    this.objects = objects.map((object) => guarded(object, `${describeObject(object)}: `));
  }

  /** The objects that a control with this match would judge. */
  of(...match: Match[]): readonly KubernetesObject[] {
    const judges = matcher(match);
    return this.once(match.join(), () => this.objects.filter((object) => judges(object)));
  }

  /** Objects in a namespace; cluster-scoped ones are in "". */
  in(namespace: string, ...match: Match[]): readonly KubernetesObject[] {
    return this.once(`${match.join()} in ${namespace}`, () =>
      this.of(...match).filter((object) => namespaceOf(object) === namespace),
    );
  }

  /** The object of a kind with this name, if the stack has it. */
  find(match: Match, namespace: string, name: string): KubernetesObject | undefined {
    return this.in(namespace, match).find((object) => object.metadata?.name === name);
  }

  /** Every namespace that the stack declares or has objects in, without the cluster's own. */
  namespaces(): string[] {
    const declared = this.of('namespace').map(({ metadata }) => String(metadata?.name));
    const used = this.objects.map(namespaceOf).filter((name) => name !== '');
    return [...new Set([...declared, ...used])].filter((name) => !SYSTEM_NAMESPACES.includes(name)).sort();
  }

  /** What makes pods in a namespace: workloads, and Pods of their own. */
  workloads(namespace?: string): readonly KubernetesObject[] {
    const all = this.of('podBearing').filter(({ kind }) => kind !== 'PodTemplate');
    return namespace === undefined ? all : all.filter((object) => namespaceOf(object) === namespace);
  }

  private once(key: string, find: () => KubernetesObject[]): readonly KubernetesObject[] {
    const known = this.found.get(key) ?? find();
    this.found.set(key, known);
    return known;
  }
}

/** The cluster's own namespaces, which no stack owns. */
export const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease'];

/** The namespace of an object: "default" where a namespaced kind names none, "" for what belongs to none. */
export function namespaceOf(object: KubernetesObject): string {
  const { namespace } = object.metadata ?? {};
  if (typeof namespace === 'string' && namespace !== '') return namespace;
  return matches(object, ['namespaced']) ? 'default' : '';
}

/** Labels of the pods that a workload makes. */
export function podLabelsOf(object: KubernetesObject): Record<string, unknown> {
  const { labels } = podSpecPath(object) ? podMetadataOf(object) : {};
  return typeof labels === 'object' && labels !== null ? (labels as Record<string, unknown>) : {};
}

/** Whether a LabelSelector (`matchLabels`, `matchExpressions`) selects these labels; an empty one selects all. */
export function selects(selector: unknown, labels: Readonly<Record<string, unknown>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = (selector ?? {}) as {
    matchLabels?: Record<string, unknown>;
    matchExpressions?: { key: string; operator: string; values?: unknown[] }[];
  };
  if (!Object.entries(matchLabels).every(([key, value]) => labels[key] === value)) return false;
  return matchExpressions.every(({ key, operator, values = [] }) => {
    const there = Object.hasOwn(labels, key);
    if (operator === 'Exists') return there;
    if (operator === 'DoesNotExist') return !there;
    const among = there && values.includes(labels[key]);
    return operator === 'In' ? among : !among;
  });
}
