import { UnknownValueError, type ResourceValidationArgs } from '@pulumi/policy';
import { readChart, varyingObjects } from './chart';
import type { ChartFacts } from './control';
import {
  flattenList,
  groupOf,
  identityOf,
  isKubernetesObject,
  isRecord,
  type KubernetesObject,
} from './objects';
import { RELEASE_TYPE, renderRelease, type RenderError, type Target } from './release';
import { Stack } from './stack';
import { Subject, UNKNOWN } from './subject';
import type { Found, Verdicts } from './verdicts';

/** What a resource puts on the cluster. */
export interface Contents {
  subjects: readonly Subject[];
  /** What object controls find of them, where they are judged by all at once. */
  found?: Found | undefined;
  /** Set where a release could not be rendered, so that nothing in it was judged. */
  problem?: RenderError;
  /** Set where a release's chart could be read. */
  chart?: ChartFacts;
}

type Asked = Pick<ResourceValidationArgs, 'type' | 'urn' | 'props' | 'name'>;

/** The resources that are remembered at a time; one at a time is judged. */
const REMEMBERED = 8;

/**
 * The objects of each resource, read once for all controls: the engine asks every policy by itself. A Helm release
 * holds what its chart renders.
 */
export class Inventory {
  private readonly contents = new Map<string, { asked: Set<string>; contents: Promise<Contents> }>();
  /** What the cluster serves, and the CRDs of the releases so far: charts ask which APIs there are. */
  private readonly served: Set<string>;
  /** Custom kinds that belong to no namespace, as `group/Kind`, by the CRDs so far. */
  private readonly clusterWide = new Set<string>();

  /** The objects that were handed out to be judged, by what they are made by. */
  private readonly handedOut = new Map<string, readonly KubernetesObject[]>();

  /** What each release was rendered to, for rules on the whole stack. */
  private readonly released = new Map<string, readonly KubernetesObject[]>();

  /** Releases whose objects nobody knows, and whether the update will. */
  private readonly unrendered = new Map<string, boolean>();

  private stack: { asked: Set<string>; whole: Stack } | undefined;

  /**
   * @param target without `apiVersions`, the cluster serves Kubernetes' own and what the stack brings
   * @param verdicts judges by all object controls at once; by default each control judges by itself
   */
  constructor(
    private readonly target: Omit<Target, 'apiVersions'> & Partial<Target>,
    private readonly verdicts?: Verdicts,
  ) {
    this.served = new Set(target.apiVersions);
  }

  /** Whether every release so far could be rendered. */
  get isWhole(): boolean {
    return this.unrendered.size === 0;
  }

  /** Whether a release can be rendered only once more is known. */
  get isAwaited(): boolean {
    return [...this.unrendered.values()].includes(true);
  }

  /**
   * What the resource holds.
   * @param asker the policy that asks: when one asks again, the engine has begun to judge the resource anew
   */
  of(args: Asked, asker: string): Promise<Contents> {
    const known = this.contents.get(args.urn);
    if (known && !known.asked.has(asker)) {
      known.asked.add(asker);
      return known.contents;
    }
    const contents = this.read(args).then((read) => {
      this.handedOut.set(
        args.urn,
        read.subjects.map(({ source }) => source),
      );
      return read;
    });
    this.contents.delete(args.urn);
    this.contents.set(args.urn, { asked: new Set([asker]), contents });
    for (const urn of [...this.contents.keys()].slice(0, -REMEMBERED)) this.contents.delete(urn);
    return contents;
  }

  /** Whether it is known what the resource holds, as far as rules on the whole stack read it: see `objectsOf`. */
  knows(urn: string): boolean {
    return this.handedOut.has(urn);
  }

  /** Every object that was handed out to be judged, as `identityOf` says it. */
  judged(): string[] {
    return [...new Set([...this.handedOut.values()].flat().map(identityOf))].sort();
  }

  /** The inputs of a resource, with `UNKNOWN` for what is not known yet. */
  inputsOf({ props }: Pick<Asked, 'props'>): Record<string, unknown> {
    const inputs = revealOnce(props);
    return isRecord(inputs) ? inputs : {};
  }

  /**
   * The objects of all these resources, as each was judged before: the engine hands out a stack as it is on the cluster,
   * where controllers have filled in what the program leaves to them.
   */
  objectsOf(resources: readonly Pick<Asked, 'type' | 'urn' | 'props'>[]): KubernetesObject[] {
    return resources.flatMap(({ type, urn, props }) => {
      if (type === RELEASE_TYPE) return this.released.get(urn) ?? [];
      if (!type.startsWith('kubernetes:')) return [];
      return this.handedOut.get(urn) ?? this.place(objectsIn(declaredIn(revealOnce(props))));
    });
  }

  /** The same, for rules on the whole stack. See `of` for who asks. */
  stackOf(resources: Parameters<Inventory['objectsOf']>[0], asker: string): Stack {
    if (!this.stack || this.stack.asked.has(asker))
      this.stack = { asked: new Set(), whole: new Stack(this.objectsOf(resources)) };
    this.stack.asked.add(asker);
    return this.stack.whole;
  }

  private async read({ type, urn, props, name }: Asked): Promise<Contents> {
    if (!type.startsWith('kubernetes:')) return { subjects: [] };
    const inputs = revealOnce(props);
    if (type === RELEASE_TYPE && isRecord(inputs)) return this.render(urn, { name, ...inputs });
    const subjects = this.place(objectsIn(declaredIn(inputs))).map((object) => new Subject(object));
    return { subjects, found: await this.verdicts?.of(subjects) };
  }

  /**
   * The objects without a namespace where their kind has none: Helm and the provider give one to every custom
   * resource whose kind they know nothing of.
   */
  private place(objects: KubernetesObject[]): KubernetesObject[] {
    for (const kind of objects.map(clusterWideKind)) if (kind) this.clusterWide.add(kind);
    return objects.map((object) => {
      const { apiVersion, kind, metadata } = object;
      const group = groupOf(apiVersion);
      // Gatekeeper makes the kinds of constraints at run time, all without a namespace.
      if (group !== 'constraints.gatekeeper.sh' && !this.clusterWide.has(`${group}/${kind}`)) return object;
      return { ...object, metadata: { ...metadata, namespace: undefined } };
    });
  }

  private async render(urn: string, inputs: Record<string, unknown>): Promise<Contents> {
    try {
      const target = { ...this.target, apiVersions: [...this.served] };
      const archive = readChart(inputs, target.project, target.cache);
      const chart = await archive?.metadata();
      const [{ objects: rendered, deciding }, again] = await Promise.all([
        renderRelease(inputs, target, 'first', archive),
        chart?.hasRandom ? renderRelease(inputs, target, 'second', archive) : undefined,
      ]);
      for (const object of rendered) servedBy(object).forEach((version) => this.served.add(version));
      const objects = this.place(rendered);
      this.released.set(urn, objects);
      this.unrendered.delete(urn);
      const subjects = objects.map((object) => new Subject(object));
      // Which of them belong to no namespace hangs on the releases before.
      const placed = objects.flatMap((object, index) => (object === rendered[index] ? [] : [index]));
      const found = deciding && (await this.verdicts?.of(subjects, JSON.stringify([...deciding, ...placed])));
      return {
        subjects,
        found,
        ...(chart
          ? {
              chart: {
                deprecated: chart.deprecated,
                varying: again ? varyingObjects(rendered, again.objects) : [],
              },
            }
          : {}),
      };
    } catch (error) {
      const problem = error as RenderError;
      this.unrendered.set(urn, problem.undecided);
      return { subjects: [], problem };
    }
  }
}

/** The kind that a CRD makes, where it belongs to no namespace. */
function clusterWideKind({ kind, spec }: KubernetesObject): string | undefined {
  if (kind !== 'CustomResourceDefinition' || !isRecord(spec) || !isRecord(spec.names)) return undefined;
  return spec.scope === 'Cluster' ? `${String(spec.group)}/${String(spec.names.kind)}` : undefined;
}

/** What the program declares of a resource: the Kubernetes provider keeps it beside what it read from the cluster. */
function declaredIn(properties: unknown): unknown {
  return isRecord(properties) && isRecord(properties.__inputs) ? properties.__inputs : properties;
}

function objectsIn(inputs: unknown): KubernetesObject[] {
  return isKubernetesObject(inputs) ? flattenList(inputs).filter(isKubernetesObject) : [];
}

/** Groups and versions that a CRD serves. */
function servedBy({ kind, spec }: KubernetesObject): string[] {
  if (kind !== 'CustomResourceDefinition' || !isRecord(spec) || !Array.isArray(spec.versions)) return [];
  const versions = spec.versions.filter(isRecord).filter(({ served }) => served === true);
  return versions.map(({ name }) => `${String(spec.group)}/${String(name)}`);
}

const revealed = new WeakMap<object, unknown>();

/** As `reveal`, for what nobody changes: each policy asks for the same. */
function revealOnce(value: object): unknown {
  if (!revealed.has(value)) revealed.set(value, reveal(value));
  return revealed.get(value);
}

/** A plain copy of what the SDK's proxy guards: reading an unknown value there throws, here it is `UNKNOWN`. */
export function reveal(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const read = (key: string): unknown => {
    try {
      return reveal((value as Record<string, unknown>)[key]);
    } catch (error) {
      if (error instanceof UnknownValueError) return UNKNOWN;
      throw error;
    }
  };
  if (Array.isArray(value)) return Object.keys(value).map(read);
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(key)]));
}
