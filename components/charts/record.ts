import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveName, CATALOGUE, type ChartName } from '../catalogue';
import { type Limits, LIMITS } from './download';
import { ChartError } from './error';
import { settleAll, sha256Of, writeWhole } from './files';
import { Helm } from './helm';
import { type ChartLock, lockedDigest } from './lock';
import type { ResolveOptions } from './resolve';
import { Upstream } from './upstream';
import { assertChart } from './verify';

export interface RecordOptions extends Pick<
  ResolveOptions,
  'charts' | 'cache' | 'helm' | 'onEvent' | 'repository'
> {
  /** What is recorded so far. */
  lock: ChartLock;
  limits?: Partial<Limits>;
}

/** As `recordDigests`, of those charts only that have no digest yet: what is recorded once is what is checked against. */
export function recordMissing(options: RecordOptions): Promise<ChartLock> {
  const charts = options.charts.filter((chart) => lockedDigest(options.lock, chart) === '');
  return recordDigests({ ...options, charts });
}

/**
 * Pulls every chart from its publisher, keeps it in the cache and returns the lock with its digest.
 * Neither mirror, cache nor stand-in is asked: their digests would poison the lock for everyone. A chart that cannot
 * be had keeps the entry it has, and an event says so.
 * @throws ChartError when a publisher serves another archive than was recorded for the same version
 */
export async function recordDigests(options: RecordOptions): Promise<ChartLock> {
  const { charts, lock } = options;
  const home = await mkdtemp(join(tmpdir(), 'platform-charts-'));
  const recorded: Record<string, { version: string; sha256: string }> = { ...lock };
  try {
    const helm = new Helm(options.helm, home, { ...LIMITS, ...options.limits });
    const upstream = new Upstream(helm, options.repository);
    const results = await settleAll(charts, 2, async (chart) => {
      const reason = await upstream.unreachable(chart, charts);
      const sha256 = reason
        ? notRecorded(options, chart, reason)
        : await fetchDigest(options, upstream, chart);
      if (sha256) recorded[chart] = { version: CATALOGUE[chart].version, sha256 };
    });
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return recorded;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function fetchDigest(options: RecordOptions, upstream: Upstream, chart: ChartName): Promise<string> {
  const { version } = CATALOGUE[chart];
  const expected = lockedDigest(options.lock, chart);
  let sha256: string;
  try {
    const { bytes, where } = await upstream.fetch(chart);
    assertChart(bytes, chart, version, where);
    sha256 = sha256Of(bytes);
    if (!expected || expected === sha256) {
      await writeWhole(join(options.cache, 'charts', archiveName(chart)), bytes);
    }
  } catch (error) {
    if (error instanceof ChartError) return notRecorded(options, chart, error.message);
    throw error;
  }
  if (expected && expected !== sha256) {
    throw new ChartError(
      `chart ${chart} ${version} from upstream: expected sha256 ${expected} as in charts.lock.json, found ${sha256}`,
      `Find out why the publisher changed it; then empty the entry in charts.lock.json and run again.`,
    );
  }
  options.onEvent?.({ chart, detail: `sha256 ${sha256}` });
  return sha256;
}

function notRecorded(options: RecordOptions, chart: ChartName, reason: string): string {
  options.onEvent?.({ chart, detail: `not recorded: ${reason}` });
  return '';
}
