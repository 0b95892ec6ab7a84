import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, type KubernetesObject } from '../../policy/objects';
import { writePrivate } from '../files';
import { ROOT } from '../paths';
import type { KubeObject } from '../plane/api';

/** What is known of a Helm release. */
interface Known {
  /** Whether these are all objects that it declares. */
  isWhole: boolean;
  /** What says that an object was not written since, by the object. */
  stamps: Record<string, string>;
}

interface Kept {
  /** What decides beside objects and releases whether one is as declared. */
  basis: string;
  /** By release, as `namespace/name`. */
  releases: Record<string, Known>;
}

const NAME = 'meta.helm.sh/release-name';
const NAMESPACE = 'meta.helm.sh/release-namespace';
/** What compares objects with what is declared. */
const COMPARERS = [
  'components/operations/differences.ts',
  'components/operations/drift.ts',
  'sandbox/engine/declared.ts',
];

/**
 * Objects of Helm releases that were as declared after the update before: neither they nor their releases were written
 * since, so they still are.
 */
export class AsDeclared {
  private readonly basis: string;
  private readonly before: Kept['releases'];
  private readonly now: Record<string, Map<string, KubeObject>>;
  /** Of releases whose manifest was read, whether all that it declares is live. */
  private readonly read = new Map<string, boolean>();

  /**
   * @param file where it is kept
   * @param live all objects of the cluster, at least their metadata
   */
  constructor(
    private readonly file: string,
    live: readonly KubeObject[],
  ) {
    this.basis = basisOf(live);
    this.before = keptIn(file, this.basis);
    this.now = byRelease(live);
  }

  /** Whether nothing of a release was written, made or deleted: its manifest need not be read. */
  holds(release: string): boolean {
    return (
      (this.before[release]?.isWhole ?? false) &&
      this.isSameRelease(release) &&
      this.keysOf(release).every((key) => this.isSame(release, key))
    );
  }

  /** Whether an object that a release declares was not written; one that was never seen, was. */
  holdsOf(release: string, object: KubernetesObject): boolean {
    // Helm gives the release's namespace to what names none.
    const namespace = object.metadata?.namespace ?? release.replace(/\/.*/, '');
    const keys = [object, { ...object, metadata: { ...object.metadata, namespace } }].map(identityOf);
    const isLive = keys.some((key) => this.now[release]?.has(key));
    this.read.set(release, isLive && (this.read.get(release) ?? true));
    return this.isSameRelease(release) && keys.some((key) => this.isSame(release, key));
  }

  /**
   * Keeps what is as declared now: what was compared, or held, and of a release that was just made what nobody but Helm has
   * written.
   * @param doneTo what the update did to a release, where it did something
   */
  keep(doneTo: (release: string) => 'made' | 'changed' | undefined): void {
    const releases: Kept['releases'] = {};
    for (const [release, objects] of Object.entries(this.now)) {
      const what = doneTo(release);
      if (what === 'changed') continue;
      const sure = [...objects].filter(
        ([key, object]) => what === undefined || isRecord(key) || isHelmsAlone(object),
      );
      releases[release] = {
        isWhole: what === undefined && (this.read.get(release) ?? this.holds(release)),
        stamps: Object.fromEntries(sure.map(([key, object]) => [key, stampOf(object)])),
      };
    }
    try {
      writePrivate(this.file, JSON.stringify({ basis: this.basis, releases }));
    } catch {
      // A full disk: the next update looks at everything.
    }
  }

  private keysOf(release: string): string[] {
    return [...(this.now[release]?.keys() ?? [])];
  }

  /** Of the same revision, on which hangs what it declares, and with nothing gone. */
  private isSameRelease(release: string): boolean {
    const records = this.keysOf(release).filter(isRecord);
    return (
      records.length > 0 &&
      records.every((key) => this.isSame(release, key)) &&
      Object.keys(this.before[release]?.stamps ?? {}).every((key) => this.now[release]?.has(key))
    );
  }

  private isSame(release: string, key: string): boolean {
    const object = this.now[release]?.get(key);
    return object !== undefined && stampOf(object) === this.before[release]?.stamps[key];
  }
}

/** Helm's own record of a revision of a release. */
function isRecord(key: string): boolean {
  return /^\/Secret [^/]*\/sh\.helm\.release\.v1\./.test(key);
}

function stampOf({ metadata: { resourceVersion, uid } }: KubeObject): string {
  return `${uid} ${String(resourceVersion)}`;
}

/** Whether nobody else has written any field but those of its status. */
function isHelmsAlone({ metadata }: KubeObject): boolean {
  const { managedFields = [] } = metadata as {
    managedFields?: { manager?: string; subresource?: string }[];
  };
  return managedFields.every(
    ({ manager = '', subresource = '' }) => subresource === 'status' || manager.startsWith('pulumi-'),
  );
}

function byRelease(live: readonly KubeObject[]): Record<string, Map<string, KubeObject>> {
  const releases: Record<string, Map<string, KubeObject>> = {};
  for (const object of live) {
    const release = releaseOf(object);
    if (release) (releases[release] ??= new Map()).set(identityOf(object as KubernetesObject), object);
  }
  return releases;
}

/** The release that an object belongs to; undefined for any other. */
function releaseOf({ kind, metadata }: KubeObject): string | undefined {
  const { annotations = {}, labels = {}, name, namespace } = metadata;
  const { [NAME]: release, [NAMESPACE]: home } = annotations;
  if (release && home) return `${home}/${release}`;
  const isHelms = kind === 'Secret' && name.startsWith('sh.helm.release.v1.') && labels.name;
  return isHelms ? `${namespace}/${labels.name}` : undefined;
}

/** The code that compares, and the autoscalers there are: what they set is no drift. */
function basisOf(live: readonly KubeObject[]): string {
  const hash = createHash('sha256');
  for (const name of COMPARERS) hash.update(readFileSync(join(ROOT, name)));
  const autoscalers = live.filter(({ kind }) => kind === 'HorizontalPodAutoscaler');
  return hash.update(JSON.stringify(autoscalers.map(({ metadata: { uid } }) => uid).sort())).digest('hex');
}

/** Empty where there is none, or no sense in it, or it hangs on something else: then everything is looked at. */
function keptIn(file: string, basis: string): Kept['releases'] {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
    return kept.basis === basis ? kept.releases : {};
  } catch {
    return {};
  }
}
