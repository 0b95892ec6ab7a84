import { join } from 'node:path';
import { CHART_NAMES, CHARTS_FOLDER } from '../../components/catalogue';
import { lockedDigest, readLock, writeLock } from '../../components/charts/lock';
import { recordMissing } from '../../components/charts/record';
import { resolveCharts } from '../../components/charts/resolve';
import type { CommandContext } from '../cli';
import { sourceLabel } from '../engine/display';
import { printJson } from '../engine/print';
import { toolchain } from '../engine/session';
import { checkSettings } from '../engine/settings';
import { ROOT } from '../paths';
import { cacheFolder } from '../toolchain/obtain';

/**
 * Puts every chart archive into `.charts` of the checkout, for the plain Pulumi CLI; never a stand-in. What
 * charts.lock.json has no digest of gets it there, from upstream only: with a mirror set nothing is recorded.
 */
export async function charts(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const { stack, display } = context;
  const facts = checkSettings(stack);
  const mirror = context.mirror ?? facts.mirror;
  const tools = await toolchain(display, ['helm']);
  const options = {
    charts: CHART_NAMES,
    cache: cacheFolder(process.env),
    helm: tools.get('helm')?.path ?? 'helm',
    onEvent: ({ chart, detail }: { chart: string; detail: string }) => display.line(`${chart}: ${detail}`),
  };
  const before = readLock();
  const lock = mirror ? before : await recordMissing({ ...options, lock: before });
  const recorded = CHART_NAMES.filter((chart) => lockedDigest(lock, chart) !== lockedDigest(before, chart));
  if (recorded.length > 0) {
    writeLock(lock);
    display.line(`recorded in charts.lock.json, to be looked at and committed: ${recorded.join(', ')}`);
  }
  const archives = await resolveCharts({
    ...options,
    folder: join(ROOT, CHARTS_FOLDER),
    kubernetesVersion: facts.kubernetesVersion,
    allowUnlocked: true,
    ...(mirror ? { mirror } : {}),
  });
  if (context.json) {
    printJson(context, startedAt, { charts: archives, recorded });
  } else {
    for (const { chart, version, source, sha256, locked } of archives) {
      const digest = locked ? 'as in charts.lock.json' : 'no digest recorded to compare with';
      display.write(
        `${chart.padEnd(26)} ${version.padEnd(9)} ${sourceLabel(source).padEnd(9)} ${sha256.slice(0, 16)} ${digest}`,
      );
    }
    if (mirror && archives.some(({ locked }) => !locked))
      display.write('Nothing is recorded of what a mirror has: make record asks the publishers.');
  }
  return 0;
}
