import type { Format } from '../arguments';
import type { Outcome } from '../outcome';
import { formatProblem } from '../problems';
import { jsonReport } from './json';
import { junitReport } from './junit';
import { sarifReport } from './sarif';
import { textReport } from './text';

const REPORTS: Record<Format, (outcome: Outcome) => string> = {
  text: (outcome) => textReport(outcome, process.stdout.columns),
  json: jsonReport,
  sarif: sarifReport,
  junit: junitReport,
};

/** The report on standard output, and nothing else; errors on standard error too, whatever the format. */
export function printOutcome(outcome: Outcome, format: Format): void {
  for (const error of outcome.errors) process.stderr.write(`error: ${formatProblem(error)}\n`);
  // Where nothing was judged, a count of nothing would only distract.
  if (format === 'text' && outcome.errors.length > 0 && outcome.objects === 0) return;
  process.stdout.write(REPORTS[format](outcome));
}
