import { join } from 'node:path';
import { CHART_NAMES, CHARTS_FOLDER } from '../../components/catalogue';
import { resolveCharts } from '../../components/charts/resolve';
import type { CommandContext } from '../cli';
import { sourceLabel } from '../engine/display';
import { printJson } from '../engine/print';
import { toolchain } from '../engine/session';
import { checkSettings } from '../engine/settings';
import { ROOT } from '../paths';
import { cacheFolder } from '../toolchain/obtain';

/**
 * Puts every chart archive into `.charts` of the checkout, for the plain Pulumi CLI; never a stand-in. Records no
 * digest: whoever needs one recorded would record whatever they were given.
 */
export async function charts(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const { stack, display } = context;
  const facts = checkSettings(stack);
  const mirror = context.mirror ?? facts.mirror;
  const tools = await toolchain(display, ['helm']);
  const archives = await resolveCharts({
    charts: CHART_NAMES,
    cache: cacheFolder(process.env),
    helm: tools.get('helm')?.path ?? 'helm',
    folder: join(ROOT, CHARTS_FOLDER),
    kubernetesVersion: facts.kubernetesVersion,
    allowUnlocked: true,
    onEvent: ({ chart, detail }) => display.line(`${chart}: ${detail}`),
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
