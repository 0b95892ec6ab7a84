import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveName, CATALOGUE, type ChartName } from '../catalogue';
import { deriveCrds } from './crds';
import { type Limits, LIMITS } from './download';
import { ChartError, joinErrors, reasonOf } from './error';
import { assertFits } from './fits';
import { readIfThere, settleAll, sha256Of, writeWhole } from './files';
import { Helm } from './helm';
import { type ChartLock, lockedDigest, readLock } from './lock';
import { type Fetched, Mirror } from './mirror';
import { type ChartSource, readSources, type SourceRecord, type Sources, updateSources } from './sources';
import { Upstream } from './upstream';
import { assertChart } from './verify';

export { ChartError } from './error';
export type { ChartSource } from './sources';

/** A chart's archive, ready to be installed from. */
export interface ChartArchive {
  chart: ChartName;
  version: string;
  source: ChartSource;
  /** Absolute when the folder is. */
  path: string;
  /** Lower-case hexadecimal. */
  sha256: string;
  /** Whether `charts.lock.json` holds this digest. */
  locked: boolean;
}

export interface ResolveOptions {
  charts: ChartName[];
  /** The project's folder of charts: archives are placed here under their catalogue names, CRDs' charts too. */
  folder: string;
  /** The user's cache folder; archives from upstream are kept in its `charts/`. */
  cache: string;
  /**
   * A folder or https URL (http on this machine only) that holds `<chart>-<version>.tgz`, or an oci:// path.
   * @default the cache, then the publishers' repositories
   */
  mirror?: string;
  /** Path of the helm binary. */
  helm: string;
  /** What charts are rendered for, such as "1.36" or "1.36.3". */
  kubernetesVersion: string;
  /** Whether a chart whose digest is not recorded may be used. @default false */
  allowUnlocked?: boolean;
  /**
   * Makes a stand-in's archive in a folder and returns its path; for the sandbox, where nothing else answers.
   * @default there are none
   */
  standIn?: (chart: ChartName, version: string, folder: string) => Promise<string> | string;
  onEvent?: (event: { chart: ChartName; detail: string }) => void;
  /** Told once every archive is there and may be used; what is left is to render their CRDs. */
  onPlaced?: () => void;
  /** @default charts.lock.json */
  lock?: ChartLock;
  /** Repository of a chart. @default the catalogue's */
  repository?: (chart: ChartName) => string;
  /** @default {@link LIMITS} */
  limits?: Partial<Limits>;
}

interface Found extends Fetched {
  source: ChartSource;
  mirror?: string;
  /** Nothing is new about it: it lies in the project's folder as recorded. */
  placed?: true;
}

/** Charts that are fetched at the same time. */
const WORKERS = 4;

/**
 * Brings the archives of charts, and the charts made of their CRDs, into the project's folder: from the mirror where
 * one is set, and else from the first of the project's folder, the user's cache, upstream and stand-ins. Nothing is
 * placed that is not the whole archive of the chart, with the digest that the lock has for it.
 * @throws ChartError naming every chart that cannot be had, after all were tried
 */
export async function resolveCharts(options: ResolveOptions): Promise<ChartArchive[]> {
  const home = await mkdtemp(join(tmpdir(), 'platform-charts-'));
  try {
    const resolution = new Resolution(options, home, await readSources(options.folder));
    const inTurn = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
      const results = await settleAll(items, WORKERS, work);
      await updateSources(options.folder, resolution.records);
      const failed = results.filter((result) => result.status === 'rejected');
      if (failed.length > 0) throw joinErrors(failed.map(({ reason }) => reason as unknown));
      return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    };
    const archives = await inTurn(options.charts, (chart) => resolution.place(chart));
    options.onPlaced?.();
    await inTurn(archives, (archive) => resolution.placeCrds(archive));
    return archives;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

class Resolution {
  /** What is known of each chart by now. */
  readonly records: Sources = {};
  private readonly helm: Helm;
  private readonly upstream: Upstream;
  private readonly mirror: Mirror | undefined;
  private readonly lock: ChartLock;

  constructor(
    private readonly options: ResolveOptions,
    private readonly home: string,
    private readonly known: Sources,
  ) {
    this.helm = new Helm(options.helm, home, { ...LIMITS, ...options.limits });
    this.upstream = new Upstream(this.helm, options.repository);
    this.mirror = options.mirror ? new Mirror(options.mirror, this.helm) : undefined;
    this.lock = options.lock ?? readLock();
  }

  /** @throws ChartError when the chart cannot be had, or may not be used */
  async place(chart: ChartName): Promise<ChartArchive> {
    const { version } = CATALOGUE[chart];
    const found = this.mirror ? await this.fromMirror(chart, this.mirror) : await this.find(chart);
    if (!found.placed) assertChart(found.bytes, chart, version, found.where);
    const sha256 = sha256Of(found.bytes);
    const locked = this.assertLocked(chart, found, sha256);
    await this.assertFits(chart, found, sha256);
    const path = join(this.options.folder, archiveName(chart));
    if (found.source === 'upstream') await writeWhole(this.cached(chart), found.bytes);
    if (!found.placed && !(await readIfThere(path))?.equals(found.bytes)) {
      await writeWhole(path, found.bytes);
      this.say(chart, `${found.source === 'stand-in' ? 'STAND-IN' : found.source}: ${found.where}`);
    }
    const fits = this.options.kubernetesVersion;
    const record: SourceRecord = { source: found.source, version, sha256, fits };
    if (found.mirror !== undefined) record.mirror = found.mirror;
    if (this.known[chart]?.crds) record.crds = this.known[chart].crds;
    this.records[chart] = record;
    return { chart, version, source: found.source, path, sha256, locked };
  }

  private async fromMirror(chart: ChartName, mirror: Mirror): Promise<Found> {
    const record = this.known[chart];
    if (mirror.remote && record?.source === 'mirror' && record.mirror === mirror.name) {
      const placed = await this.fromProject(chart);
      if (placed) return placed;
    }
    return { ...(await mirror.fetch(chart)), source: 'mirror', mirror: mirror.name };
  }

  private async find(chart: ChartName): Promise<Found> {
    const near = (await this.fromProject(chart)) ?? (await this.fromCache(chart));
    if (near) return near;
    const reason = await this.upstream.unreachable(chart, this.options.charts);
    if (!reason) return { ...(await this.upstream.fetch(chart)), source: 'upstream' };
    return this.fromStandIn(chart, reason);
  }

  /** What lies in the project's folder, if it is what was put there or what the lock asks for. */
  private async fromProject(chart: ChartName): Promise<Found | undefined> {
    const where = join(this.options.folder, archiveName(chart));
    const record = this.known[chart];
    const bytes = await readIfThere(where);
    if (!bytes) return undefined;
    const sha256 = sha256Of(bytes);
    if (record?.sha256 !== sha256 || record.version !== CATALOGUE[chart].version) {
      if (sha256 === lockedDigest(this.lock, chart)) return { bytes, where, source: 'cache', placed: true };
      this.say(chart, `${where} is passed over: it is not what was put there`);
      return undefined;
    }
    if (record.source === 'stand-in' && !this.options.standIn) return undefined;
    const source = record.source === 'upstream' ? 'cache' : record.source;
    return {
      bytes,
      where,
      source,
      placed: true,
      ...(record.mirror !== undefined && { mirror: record.mirror }),
    };
  }

  private async fromCache(chart: ChartName): Promise<Found | undefined> {
    const where = this.cached(chart);
    const bytes = await readIfThere(where);
    if (!bytes) return undefined;
    try {
      assertChart(bytes, chart, CATALOGUE[chart].version, where);
    } catch (error) {
      this.say(chart, `passed over: ${reasonOf(error)}`);
      return undefined;
    }
    return { bytes, where, source: 'cache' };
  }

  private async fromStandIn(chart: ChartName, reason: string): Promise<Found> {
    const { version } = CATALOGUE[chart];
    if (!this.options.standIn) {
      throw new ChartError(
        `chart ${chart} ${version} is neither in ${this.options.folder} nor in the cache, and ${reason}`,
        'Set CHARTS=<folder or URL> or platform:charts.mirror to a mirror that holds it, or run with network access.',
      );
    }
    const where = await this.options.standIn(chart, version, await mkdtemp(join(this.home, 'stand-in-')));
    const bytes = await readIfThere(where);
    if (!bytes) throw new Error(`the stand-in of chart ${chart} is not at ${where}`);
    return { bytes, where: `not the real chart, since ${reason}`, source: 'stand-in' };
  }

  /**
   * Whether the lock has this digest.
   * @throws ChartError when it has another, or none and that is not allowed
   */
  private assertLocked(chart: ChartName, { source, where }: Found, sha256: string): boolean {
    const expected = lockedDigest(this.lock, chart);
    if (source === 'stand-in') return false;
    if (expected === sha256) return true;
    const named = `chart ${chart} ${CATALOGUE[chart].version} from ${source} (${where})`;
    if (expected) {
      throw new ChartError(
        `${named}: expected sha256 ${expected} as in charts.lock.json, found ${sha256}`,
        source === 'upstream'
          ? 'The publisher has changed a published archive: find out why before you record another digest.'
          : `Replace or remove ${where}: it is not the archive that the publisher serves.`,
      );
    }
    if (!this.options.allowUnlocked) {
      throw new ChartError(
        `${named}: expected its sha256 in charts.lock.json, found none recorded; the archive has ${sha256}`,
        'Run `make record` where upstream can be reached and commit charts.lock.json, or set platform:charts.requireLocked to false.',
      );
    }
    this.say(chart, `not in charts.lock.json: its digest ${sha256} was never recorded`);
    return false;
  }

  /** @throws ChartError when the chart refuses the Kubernetes version; one that was judged before is not again */
  private async assertFits(chart: ChartName, { bytes, where }: Found, sha256: string): Promise<void> {
    const { kubernetesVersion } = this.options;
    const known = this.known[chart];
    if (known?.sha256 === sha256 && known.fits === kubernetesVersion) return;
    await assertFits(bytes, kubernetesVersion, this.helm, where);
  }

  /** Places the chart made of a placed chart's CRDs, where it has any. */
  async placeCrds({ chart, path, sha256 }: ChartArchive): Promise<void> {
    const { cache, folder, kubernetesVersion } = this.options;
    const derived = await deriveCrds(chart, {
      folder,
      kept: join(cache, 'crds'),
      helm: this.helm,
      kubernetesVersion,
      archive: { path, sha256 },
      known: this.known[chart]?.crds,
    });
    if (derived?.objects !== undefined) this.say(chart, `${derived.objects} objects of its CRDs' chart`);
    const record = this.records[chart];
    if (derived && record) record.crds = derived.crds;
  }

  private cached(chart: ChartName): string {
    return join(this.options.cache, 'charts', archiveName(chart));
  }

  private say(chart: ChartName, detail: string): void {
    this.options.onEvent?.({ chart, detail });
  }
}
