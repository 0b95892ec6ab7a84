import { CHART_NAMES } from '../../components/catalogue';
import { readLock, writeLock } from '../../components/charts/lock';
import { recordDigests } from '../../components/charts/record';
import type { CommandContext } from '../cli';
import { printJson } from '../engine/print';
import { toolchain } from '../engine/session';
import { cacheFolder } from '../toolchain/obtain';
import { recordReleases } from '../toolchain/record';

/**
 * For maintainers: records the digests of charts and of the toolchain's releases, from their publishers only. What
 * can't be had stays as it is and is named.
 */
export async function record(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const { display } = context;
  const tools = await toolchain(display, ['helm']);
  const lock = await recordDigests({
    charts: CHART_NAMES,
    cache: cacheFolder(process.env),
    helm: tools.get('helm')?.path ?? 'helm',
    lock: readLock(),
    onEvent: ({ chart, detail }) => display.line(`${chart}: ${detail}`),
  });
  writeLock(lock);
  await recordReleases((line) => display.line(line));
  if (context.json) printJson(context, startedAt, { charts: lock });
  else display.write('Look at the difference of charts.lock.json and toolchain.lock.json, and commit it.');
  return 0;
}
