import { join } from 'node:path';
import { CHART_NAMES, CHARTS_FOLDER } from '../../components/catalogue';
import { readLock, writeLock } from '../../components/charts/lock';
import { recordDigests } from '../../components/charts/record';
import { resolveCharts } from '../../components/charts/resolve';
import type { CommandContext } from '../cli';
import { sourceLabel } from '../engine/display';
import { printJson } from '../engine/print';
import { toolchain } from '../engine/session';
import { checkSettings } from '../engine/settings';
import { ROOT } from '../paths';
import { cacheFolder } from '../toolchain/obtain';

/**
 * Puts every chart archive into `.charts` of the checkout, for the plain Pulumi CLI, and records the digests that
 * charts.lock.json lacks, from upstream only. Never a stand-in.
 */
export async function charts(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const { stack, display } = context;
  const facts = checkSettings(stack);
  const mirror = context.mirror ?? facts.mirror;
  const tools = await toolchain(display, ['helm']);
  const tell = (event: { chart: string; detail: string }): void =>
    display.line(`${event.chart}: ${event.detail}`);
  const options = {
    charts: CHART_NAMES,
    cache: cacheFolder(process.env),
    helm: tools.get('helm')?.path ?? 'helm',
  };
  // Without a mirror, upstream is asked, and what the lock lacks is recorded to be committed.
  if (!mirror) writeLock(await recordDigests({ ...options, lock: readLock(), onEvent: tell }));
  const archives = await resolveCharts({
    ...options,
    folder: join(ROOT, CHARTS_FOLDER),
    kubernetesVersion: facts.kubernetesVersion,
    allowUnlocked: true,
    onEvent: tell,
    ...(mirror ? { mirror } : {}),
  });
  if (context.json) {
    printJson(context, startedAt, { charts: archives });
  } else {
    for (const { chart, version, source, sha256, locked } of archives) {
      const digest = locked ? 'as in charts.lock.json' : 'no digest recorded to compare with';
      display.write(
        `${chart.padEnd(26)} ${version.padEnd(9)} ${sourceLabel(source).padEnd(9)} ${sha256.slice(0, 16)} ${digest}`,
      );
    }
  }
  return 0;
}
