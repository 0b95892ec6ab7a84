import { log, RunError } from '@pulumi/pulumi';
import type { Settings } from '../../stacks/schema';
import { CATALOGUE, CHART_NAMES, type ChartName, CHARTS_FOLDER } from '../catalogue';
import { cacheFolder } from './cache-folder';
import { type ChartArchive, ChartError, resolveCharts } from './resolve';

/**
 * For the plain Pulumi CLI: sees to it that the project's folder holds the archive of every chart that the stack
 * installs, from the mirror of the settings, the cache or upstream. Needs `helm` on PATH, unless `make charts` ran
 * before.
 *
 * @returns the digest of each archive.
 * @throws RunError naming every chart that can't be had, with the cure; Pulumi prints it without a stack trace.
 */
export async function prepareCharts(settings: Settings): Promise<Map<ChartName, string>> {
  const archives = await resolve(settings);
  const unlocked = archives.filter(({ locked }) => !locked).map(({ chart }) => chart);
  if (unlocked.length > 0) {
    await log.warn(`charts.lock.json has no digest to compare these charts with: ${unlocked.join(', ')}`);
  }
  return new Map(archives.map(({ chart, sha256 }) => [chart, sha256]));
}

async function resolve(settings: Settings): Promise<ChartArchive[]> {
  const { cluster, charts } = settings;
  try {
    return await resolveCharts({
      charts: CHART_NAMES.filter((chart) => settings[CATALOGUE[chart].area].mode === 'managed'),
      folder: CHARTS_FOLDER,
      cache: cacheFolder(process.env),
      helm: 'helm',
      kubernetesVersion: cluster.kubernetesVersion,
      allowUnlocked: !charts.requireLocked,
      ...(charts.mirror ? { mirror: charts.mirror } : {}),
    });
  } catch (error) {
    if (error instanceof ChartError) throw new RunError(explain(error));
    throw error;
  }
}

function explain({ message, cure }: ChartError): string {
  if (message.includes('spawn helm ENOENT')) {
    return (
      'the charts must be fetched or rendered, and there is no helm on PATH; nothing was touched.\n' +
      'Install Helm 3 (https://helm.sh/docs/intro/install), or run `make charts` with the STACK of this run, which ' +
      'brings its own.'
    );
  }
  return `charts can't be had, and nothing was touched:\n${message.replace(/^/gm, '  ')}\n${cure}`;
}
