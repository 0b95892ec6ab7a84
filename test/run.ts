/**
 * `make test`: every check and every test, in one count. Checks (types, lint, format, generated files, the toolchain)
 * count as one each. Ends with `N passed, N failed`; a skipped test counts as failed, so that none is skipped in silence.
 * With OUTPUT=json that line is one JSON object instead, and everything else is on standard error.
 * Arguments are handed to jest: `npm test -- test/stacks` runs those tests only, without the checks.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeFailure } from '../sandbox/engine/errors';
import { NO_CHANGES } from '../sandbox/engine/print';
import { toolchain } from '../sandbox/engine/session';

const ROOT = resolve(__dirname, '..');
const BIN = join(ROOT, 'node_modules', '.bin');
const CHECKS: [string, string, string[]][] = [
  ['types', 'tsc', ['--noEmit']],
  ['lint', 'eslint', ['.']],
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
  ['generated settings', 'tsx', ['stacks/generate.ts', '--check']],
  ['generated pages of controls', 'tsx', ['policy/generate.ts', '--check']],
];

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: {
    name: string;
    status: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
}

const NO_REPORT: JestReport = {
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  testResults: [],
};

const { OUTPUT, ...env } = process.env;
// What a shell has set for the commands is not meant for the tests, which say it themselves.
for (const name of ['CHARTS', 'PLATFORM_STATE', 'STACK', 'UNPROTECT']) Reflect.deleteProperty(env, name);
const json = OUTPUT === 'json';
/** Where people read how it goes. */
const say = json ? console.error : console.log;

async function main(selection: string[]): Promise<number> {
  const startedAt = Date.now();
  const failures: string[] = [];
  const total = { passed: 0, failed: 0 };
  const tell = (name: string, ok: boolean): void => {
    say(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
    total[ok ? 'passed' : 'failed'] += 1;
    if (!ok) failures.push(name);
  };
  if (selection.length === 0) {
    for (const [name, command, args] of CHECKS) tell(name, run(join(BIN, command), args));
    tell('toolchain', await isToolchainThere());
  }
  const report = runJest(selection);
  const skipped = report.numPendingTests + report.numTodoTests;
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests + report.numRuntimeErrorTestSuites + skipped;
  if (skipped > 0) say(`${skipped} tests were skipped, which counts as failed`);
  if (report.testResults.length === 0) {
    total.failed += 1;
    failures.push(`no test was run${selection.length > 0 ? `: nothing matches ${selection.join(' ')}` : ''}`);
    say(failures.at(-1));
  }
  for (const suite of report.testResults) {
    const failed = suite.assertionResults.filter(({ status }) => status !== 'passed');
    if (suite.status === 'failed' && suite.assertionResults.length === 0) failures.push(suite.name);
    for (const { fullName, status } of failed) say(`${status}: ${fullName}`);
    failures.push(...failed.map(({ fullName }) => fullName));
  }
  if (json) printJson(total, failures, startedAt);
  else console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed > 0 ? 1 : 0;
}

/** Obtains what is missing of the toolchain: a build of it takes longer than any test may. */
async function isToolchainThere(): Promise<boolean> {
  try {
    await toolchain({ line: say });
    return true;
  } catch (error) {
    const { message, cure } = describeFailure(error);
    say(`${message}\nTo do: ${cure}`);
    return false;
  }
}

/** The fields that every command has, and the two counts. */
function printJson(total: { passed: number; failed: number }, failures: string[], startedAt: number): void {
  const error = { message: `failed: ${failures.join('; ')}`, cure: 'see standard error for what each says' };
  const report = {
    command: 'test',
    stack: null,
    result: total.failed > 0 ? 'failed' : 'succeeded',
    ...total,
    changes: NO_CHANGES,
    durationSeconds: Math.round((Date.now() - startedAt) / 100) / 10,
    components: [],
    error: total.failed > 0 ? error : null,
  };
  console.log(JSON.stringify(report));
}

function runJest(selection: string[]): JestReport {
  const folder = mkdtempSync(join(tmpdir(), 'platform-test-'));
  const output = join(folder, 'report.json');
  try {
    run(join(BIN, 'jest'), ['--json', `--outputFile=${output}`, ...selection], { quietOutput: true });
    return JSON.parse(readFileSync(output, 'utf8')) as JestReport;
  } catch (error) {
    // jest itself did not run.
    say(`FAILED jest: ${error instanceof Error ? error.message : String(error)}`);
    return NO_REPORT;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command with its messages shown; with `quietOutput` its standard output is dropped. */
function run(command: string, args: string[], { quietOutput = false } = {}): boolean {
  const output = json ? process.stderr : ('inherit' as const);
  return (
    spawnSync(command, args, {
      cwd: ROOT,
      // A test says itself what a command of its own is to print.
      env,
      stdio: ['ignore', quietOutput ? 'ignore' : output, 'inherit'],
    }).status === 0
  );
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
