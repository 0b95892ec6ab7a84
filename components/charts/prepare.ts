import { log } from '@pulumi/pulumi';
import type { Settings } from '../../stacks/schema';
import { CHART_NAMES, type ChartName, CHARTS_FOLDER } from '../catalogue';
import { cacheFolder } from './cache-folder';
import { resolveCharts } from './resolve';

/**
 * For the plain Pulumi CLI: sees to it that the project's folder holds every chart's archive, from the mirror of
 * the settings, the cache or upstream. Needs `helm` on PATH, unless `make charts` ran before.
 *
 * @returns the digest of each archive.
 * @throws ChartError naming every chart that can't be had.
 */
export async function prepareCharts(settings: Settings): Promise<Map<ChartName, string>> {
  const archives = await resolveCharts({
    charts: CHART_NAMES,
    folder: CHARTS_FOLDER,
    cache: cacheFolder(process.env),
    helm: 'helm',
    kubernetesVersion: settings.cluster.kubernetesVersion,
    allowUnlocked: !settings.charts.requireLocked,
    ...(settings.charts.mirror ? { mirror: settings.charts.mirror } : {}),
  });
  const unlocked = archives.filter(({ locked }) => !locked).map(({ chart }) => chart);
  if (unlocked.length > 0) {
    await log.warn(`charts.lock.json has no digest to compare these charts with: ${unlocked.join(', ')}`);
  }
  return new Map(archives.map(({ chart, sha256 }) => [chart, sha256]));
}
