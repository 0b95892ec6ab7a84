import type { CommandContext } from '../cli';
import { printJson } from '../engine/print';
import { generateSecret } from '../engine/project';
import { writePrivate } from '../files';
import { stackPaths } from '../paths';
import { withGround } from '../policy/program';
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

function judge(context: CommandContext): Promise<Report> {
  const { display, stack } = context;
  const stop = display.follow(() => undefined, `report of ${stack}`);
  const judged = withGround(context, (ground) => reportOf({ stack, ...ground }), generateSecret);
  return judged.finally(stop);
}

/** "prod: 0 violations, 362 warnings, 43 exempt; 772 objects, 14 charts, 30 images". */
function summary({ charts: all, images, stack, totals }: Report): string {
  const { exempt, objects, violations, warnings } = totals;
  return (
    `\n${stack}: ${violations} violations, ${warnings} warnings, ${exempt} exempt; ` +
    `${objects} objects, ${all.length} charts, ${images.length} images`
  );
}
