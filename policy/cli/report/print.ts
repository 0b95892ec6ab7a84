import type { Format } from '../arguments';
import type { Outcome } from '../outcome';
import { formatProblem } from '../problems';
import { jsonReport } from './json';
import { junitReport } from './junit';
import { sarifReport } from './sarif';
import { textReport } from './text';

const REPORTS: Record<Format, (outcome: Outcome, brief: boolean) => string> = {
  text: (outcome, brief) => textReport(outcome, process.stdout.columns, brief),
  json: jsonReport,
  sarif: sarifReport,
  junit: junitReport,
};

/**
 * The report on standard output, and nothing else; errors on standard error too, whatever the format.
 * @param brief whether people are told of what only warns in one line for each control
 */
export function printOutcome(outcome: Outcome, format: Format, brief = false): void {
  for (const error of outcome.errors) process.stderr.write(`error: ${formatProblem(error)}\n`);
  // Where nothing was judged, a count of nothing would only distract.
  if (format === 'text' && outcome.errors.length > 0 && outcome.objects === 0) return;
  process.stdout.write(REPORTS[format](outcome, brief));
}
