import { existsSync } from 'node:fs';
import { CHART_NAMES } from '../../components/catalogue';
import { type ChartArchive, resolveCharts } from '../../components/charts/resolve';
import { readSources } from '../../components/charts/sources';
import { packStandIn } from '../charts/standin';
import type { StackPaths } from '../paths';
import { cacheFolder, type Tool, type ToolName } from '../toolchain/obtain';
import { type Display, sourceLabel } from './display';
import { SandboxError } from './errors';
import type { StackFacts } from './settings';

/** The chart archives of a stack, in its work copy, and a word on where they came from. */
export async function charts(
  facts: StackFacts,
  paths: StackPaths,
  tools: Map<ToolName, Tool>,
  display: Display,
  mirror: string | undefined,
  onPlaced: () => void,
): Promise<ChartArchive[]> {
  let reason = '';
  const archives = await resolveCharts({
    charts: CHART_NAMES,
    folder: paths.charts,
    cache: cacheFolder(process.env),
    helm: tools.get('helm')?.path ?? 'helm',
    kubernetesVersion: facts.kubernetesVersion,
    standIn: packStandIn,
    // Downloads take their time, and what is passed over has a reason; the rest is in the line below.
    onEvent: ({ chart, detail }) => {
      if (/^upstream|passed over/.test(detail)) display.line(`${chart}: ${detail}`);
      reason ||= /^STAND-IN: .*, since (.*)$/.exec(detail)?.[1] ?? '';
    },
    onPlaced,
    allowUnlocked: true,
    ...(mirror ? { mirror } : {}),
  });
  display.line(`charts: ${describeArchives(archives, mirror)}`);
  if (reason) display.line(`charts: ${reason}`);
  const standIns = archives.filter(({ source }) => source === 'stand-in');
  if (standIns.length > 0) {
    display.write(
      `\nSTAND-IN CHARTS: ${standIns.length} of ${archives.length} upstream charts can't be reached. Stand-ins of the same shape take\n` +
        'their place: they exercise ordering, wiring and policy, and prove nothing about the real charts.\n' +
        'With network access, or CHARTS=<folder or URL of a mirror>, the real ones are installed.\n',
    );
  }
  return archives;
}

/** A stand-in and the real chart share a name, not their objects: the one can't be upgraded to the other. */
export async function refuseSwitch(
  stack: string,
  paths: StackPaths,
  mirror: string | undefined,
): Promise<void> {
  const sources = Object.values(await readSources(paths.charts));
  const installed = existsSync(paths.lastRun) && sources.some((record) => record?.source === 'stand-in');
  if (!mirror || !installed) return;
  throw new SandboxError(
    `stack ${stack} is installed from stand-in charts, which can't be upgraded to the real ones of ${mirror}`,
    `run \`make clean STACK=${stack}\` first: it deletes the stack's sandbox state`,
  );
}

/** "14 from mirror /charts; no digest recorded for 14 of them in charts.lock.json". */
function describeArchives(archives: ChartArchive[], mirror: string | undefined): string {
  const sources = [...new Set(archives.map(({ source }) => source))].map((source) => {
    const count = archives.filter((archive) => archive.source === source).length;
    return `${count} from ${source === 'mirror' && mirror ? `mirror ${mirror}` : sourceLabel(source)}`;
  });
  const unlocked = archives.filter(({ locked, source }) => !locked && source !== 'stand-in').length;
  const note = unlocked > 0 ? `; charts.lock.json has no digest to compare ${unlocked} of them with` : '';
  return `${sources.join(', ')}${note}`;
}
