import { readFileSync } from 'node:fs';
import { identityOf, type KubernetesObject } from '../../policy/objects';
import { writePrivate } from '../files';
import type { KubeObject } from '../plane/api';

/** Of each Helm release (`namespace/name`): what says that an object was not written since, by the object. */
type Stamps = Record<string, Record<string, string>>;

const NAME = 'meta.helm.sh/release-name';
const NAMESPACE = 'meta.helm.sh/release-namespace';

/**
 * Objects of Helm releases that were as declared in an update before: neither they nor their releases were written since,
 * so they still are.
 */
export class AsDeclared {
  private readonly before: Stamps;
  private readonly now: Stamps;

  /**
   * @param file where it is kept
   * @param live all objects of the cluster, at least their metadata
   */
  constructor(
    private readonly file: string,
    live: readonly KubeObject[],
  ) {
    this.before = read(file);
    this.now = stampsOf(live);
  }

  /** Whether nothing of a release was written, made or deleted. */
  holds(release: string): boolean {
    const { [release]: now = {} } = this.now;
    return this.isSameRelease(release) && Object.keys(now).every((key) => this.isSame(release, key));
  }

  /** Whether an object of a release was not written; one that was never seen, was. */
  holdsOf(release: string, object: KubernetesObject): boolean {
    // Helm gives the release's namespace to what names none.
    const namespace = object.metadata?.namespace ?? release.replace(/\/.*/, '');
    const placed = { ...object, metadata: { ...object.metadata, namespace } };
    return (
      this.isSameRelease(release) && [object, placed].some((each) => this.isSame(release, identityOf(each)))
    );
  }

  /**
   * Keeps what is as declared now.
   * @param isSure whether that is known of a release
   */
  keep(isSure: (release: string) => boolean): void {
    const sure = Object.entries(this.now).filter(([release]) => isSure(release));
    try {
      writePrivate(this.file, JSON.stringify(Object.fromEntries(sure)));
    } catch {
      // A full disk: the next update looks at everything.
    }
  }

  /** Its revision, and which objects it has: what it declares hangs on both. */
  private isSameRelease(release: string): boolean {
    const keysOf = (stamps: Stamps): string[] => Object.keys(stamps[release] ?? {}).sort();
    const [before, now] = [keysOf(this.before), keysOf(this.now)];
    const records = now.filter(isRecord);
    return (
      records.length > 0 &&
      before.join('\n') === now.join('\n') &&
      records.every((key) => this.isSame(release, key))
    );
  }

  private isSame(release: string, key: string): boolean {
    const stamp = this.now[release]?.[key];
    return stamp !== undefined && stamp === this.before[release]?.[key];
  }
}

/** Helm's own record of a revision of a release. */
function isRecord(key: string): boolean {
  return /^\/Secret [^/]*\/sh\.helm\.release\.v1\./.test(key);
}

function stampsOf(live: readonly KubeObject[]): Stamps {
  const stamps: Stamps = {};
  for (const object of live) {
    const release = releaseOf(object);
    const { resourceVersion, uid } = object.metadata;
    if (release)
      (stamps[release] ??= {})[identityOf(object as KubernetesObject)] = `${uid} ${String(resourceVersion)}`;
  }
  return stamps;
}

/** The release that an object belongs to; undefined for any other. */
function releaseOf({ kind, metadata }: KubeObject): string | undefined {
  const { annotations = {}, labels = {}, name, namespace } = metadata;
  const { [NAME]: release, [NAMESPACE]: home } = annotations;
  if (release && home) return `${home}/${release}`;
  const isHelms = kind === 'Secret' && name.startsWith('sh.helm.release.v1.') && labels.name;
  return isHelms ? `${namespace}/${labels.name}` : undefined;
}

/** Empty where there is none, or no sense in it: then everything is looked at. */
function read(file: string): Stamps {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Stamps;
  } catch {
    return {};
  }
}
