/**
 * `make test`: every check and every test, in one count. Checks (types, lint, format, generated files) count as
 * one each. Ends with `N passed, N failed`; a skipped test counts as failed, so that none is skipped in silence.
 * Arguments are handed to jest: `npx tsx test/run.ts test/stacks` runs those tests only, without the checks.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const BIN = join(ROOT, 'node_modules', '.bin');
const CHECKS: [string, string, string[]][] = [
  ['types', 'tsc', ['--noEmit']],
  ['lint', 'eslint', ['.']],
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
  ['generated files', 'tsx', ['stacks/generate.ts', '--check']],
];

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: { name: string; message: string; assertionResults: { status: string; fullName: string }[] }[];
}

function main(selection: string[]): number {
  const total = { passed: 0, failed: 0 };
  for (const [name, command, args] of selection.length > 0 ? [] : CHECKS) {
    const ok = run(join(BIN, command), args);
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
    total[ok ? 'passed' : 'failed'] += 1;
  }
  const report = runJest(selection);
  const skipped = report.numPendingTests + report.numTodoTests;
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests + report.numRuntimeErrorTestSuites + skipped;
  if (skipped > 0) console.log(`${skipped} tests were skipped, which counts as failed`);
  for (const suite of report.testResults) {
    const failed = suite.assertionResults.filter(({ status }) => status !== 'passed');
    for (const { fullName, status } of failed) console.log(`${status}: ${fullName}`);
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed > 0 ? 1 : 0;
}

function runJest(selection: string[]): JestReport {
  const folder = mkdtempSync(join(tmpdir(), 'platform-test-'));
  const output = join(folder, 'report.json');
  try {
    run(join(BIN, 'jest'), ['--json', `--outputFile=${output}`, ...selection], { quietOutput: true });
    return JSON.parse(readFileSync(output, 'utf8')) as JestReport;
  } catch (error) {
    // No report: jest itself did not run.
    console.log(`FAILED jest: ${error instanceof Error ? error.message : String(error)}`);
    const none = { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0 };
    return { ...none, numRuntimeErrorTestSuites: 0, testResults: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command with its messages shown; with `quietOutput` its standard output is dropped. */
function run(command: string, args: string[], { quietOutput = false } = {}): boolean {
  const stdio = ['ignore', quietOutput ? 'ignore' : 'inherit', 'inherit'] as const;
  return spawnSync(command, args, { cwd: ROOT, stdio: [...stdio] }).status === 0;
}

process.exitCode = main(process.argv.slice(2));
