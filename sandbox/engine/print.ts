import type { CommandContext } from '../cli';
import type { Coverage } from '../policy/coverage';
import type { Failure } from './errors';
import type { Changes, Violation } from './events';
import type { ComponentSummary } from './summary';

export const NO_CHANGES: Changes = { same: 0, create: 0, update: 0, replace: 0, delete: 0 };

/** The one JSON object that OUTPUT=json prints. */
export interface JsonReport {
  command: string;
  /** null where it is about every stack. */
  stack: string | null;
  result: 'succeeded' | 'failed';
  changes: Changes;
  durationSeconds: number;
  components: ComponentSummary[];
  error: Failure | null;
  [more: string]: unknown;
}

/** Prints the JSON report of a command: one object on one line, the only thing on standard output. */
export function printJson(
  { command, stack }: CommandContext,
  startedAt: number,
  report: Partial<JsonReport> = {},
): void {
  const whole: JsonReport = {
    command,
    stack,
    result: 'succeeded',
    changes: NO_CHANGES,
    durationSeconds: Math.round((Date.now() - startedAt) / 100) / 10,
    components: [],
    error: null,
    ...report,
  };
  process.stdout.write(`${JSON.stringify(whole)}\n`);
}

/** What a report of a command that takes every stack where none is named says instead of the default one. */
export function aboutAll(): Partial<JsonReport> {
  return process.env.STACK ? {} : { stack: null };
}

/** Says that a command failed, why, and what to do. */
export function printFailure(
  context: CommandContext,
  error: Failure,
  startedAt: number,
  report: Partial<JsonReport> = {},
): void {
  if (context.json) printJson(context, startedAt, { ...report, result: 'failed', error });
  else
    process.stderr.write(
      `\n${context.command} of ${context.stack} failed: ${error.message}\nTo do: ${error.cure}\n`,
    );
}

/** How much was judged of what is on the cluster, and what was not. */
export function formatCoverage({ applied, judged, missing }: Coverage): string {
  const named = missing.slice(0, 5).map((identity) => `  not judged: ${identity}`);
  const more = missing.length > named.length ? [`  and ${missing.length - named.length} more`] : [];
  return [
    `${judged} of the ${applied} objects that this stack has on the cluster were judged`,
    ...named,
    ...more,
  ].join('\n');
}

/** A line for each control that warns: how many objects, and one of them. */
export function formatWarnings(violations: Iterable<Violation>): string[] {
  const byControl = new Map<string, Violation[]>();
  for (const violation of violations) {
    byControl.set(violation.control, [...(byControl.get(violation.control) ?? []), violation]);
  }
  return [...byControl]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([control, [first, ...others]]) => {
      const found = first?.found.replace(/\. .*$/s, '') ?? '';
      return `  ! ${control}: ${found}${others.length > 0 ? `, and ${others.length} more` : ''}`;
    });
}
