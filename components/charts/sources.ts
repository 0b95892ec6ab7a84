import { join } from 'node:path';
import { z } from 'zod';
import { CHART_NAMES } from '../catalogue';
import { readIfThere, writeWhole } from './files';

/** Where a chart's archive came from. `cache`: from upstream, in an earlier run. */
export type ChartSource = 'upstream' | 'mirror' | 'cache' | 'stand-in';

const record = z.object({
  source: z.enum(['upstream', 'mirror', 'cache', 'stand-in']),
  version: z.string(),
  sha256: z.string(),
  /** Name of the mirror. */
  mirror: z.string().optional(),
  /** The Kubernetes version that it is known to take. */
  fits: z.string().optional(),
  /** The archive of the chart's CRDs: its digest, and the digest of all that it was made from. */
  crds: z.object({ sha256: z.string(), from: z.string() }).optional(),
});

export type SourceRecord = z.infer<typeof record>;

/** What a project's folder of charts holds, by chart. */
export type Sources = Partial<Record<string, SourceRecord>>;

/** What `<folder>/sources.json` says; nothing where it is not there or damaged, since all of it can be had anew. */
export async function readSources(folder: string): Promise<Sources> {
  const text = await readIfThere(join(folder, 'sources.json'));
  try {
    return z.record(z.string(), record).parse(JSON.parse(text?.toString() ?? '{}'));
  } catch {
    return {};
  }
}

/** Adds to `<folder>/sources.json`; other charts' records stay. */
export async function updateSources(folder: string, changes: Sources): Promise<void> {
  const before = await readSources(folder);
  const after = { ...before, ...changes };
  if (JSON.stringify(after) === JSON.stringify(before)) return;
  const sorted = CHART_NAMES.flatMap((chart) => (after[chart] ? [[chart, after[chart]] as const] : []));
  await writeWhole(join(folder, 'sources.json'), `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}
