import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHARTS_FOLDER } from '../../components/catalogue';
import type { CommandContext } from '../cli';
import { charts } from '../engine/charts';
import { printJson } from '../engine/print';
import { generateSecret } from '../engine/project';
import { toolchain } from '../engine/session';
import { checkSettings, stackSettings } from '../engine/settings';
import { writePrivate } from '../files';
import { ROOT, stackPaths } from '../paths';
import type { Report } from '../report/model';
import { reportPage } from '../report/page';
import { reportOf } from '../report/program';

/**
 * Judges a whole stack from its program alone and writes what came of it, as a page and as JSON. No cluster is needed
 * and no secret is read: each is replaced by a random text. Violations are reported, and are no failure of the command.
 */
export async function report(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const { display, stack } = context;
  const paths = stackPaths(stack);
  const made = await judge(context);
  const files = { html: `${paths.report}.html`, json: `${paths.report}.json` };
  writePrivate(files.html, reportPage(made));
  writePrivate(files.json, `${JSON.stringify(made, undefined, 1)}\n`);
  if (context.json) printJson(context, startedAt, { files, totals: made.totals });
  else display.write(`${summary(made)}\n\n${files.html}\n${files.json}`);
  return 0;
}

async function judge({ display, mirror, stack }: CommandContext): Promise<Report> {
  const facts = checkSettings(stack);
  const { settings } = stackSettings(stack, ROOT, generateSecret);
  const tools = await toolchain(display, ['helm']);
  const paths = stackPaths(stack);
  // A place of its own: what is installed there may come from other charts.
  const project = mkdtempSync(join(tmpdir(), 'platform-report-'));
  const stop = display.follow(() => undefined, `report of ${stack}`);
  try {
    const placed = { ...paths, charts: join(project, CHARTS_FOLDER) };
    const archives = await charts(facts, placed, tools, display, mirror ?? facts.mirror, () => undefined);
    const helm = tools.get('helm')?.path ?? 'helm';
    return await reportOf({ stack, settings, archives, project, helm, cache: paths.renders });
  } finally {
    stop();
    rmSync(project, { recursive: true, force: true });
  }
}

/** "prod: 0 violations, 362 warnings, 43 exempt; 772 objects, 14 charts, 30 images". */
function summary({ charts: all, images, stack, totals }: Report): string {
  const { exempt, objects, violations, warnings } = totals;
  return (
    `\n${stack}: ${violations} violations, ${warnings} warnings, ${exempt} exempt; ` +
    `${objects} objects, ${all.length} charts, ${images.length} images`
  );
}
