/**
 * `npm run --silent policy -- [options] PATH…`: judges manifests by the controls, without a cluster. See arguments.ts.
 */
import { resolve } from 'node:path';
import { type Arguments, formatAskedFor, readArguments, USAGE } from './arguments';
import { NO_CONFIG, readConfig } from './config';
import { mend } from './fix';
import { exitCode, NOTHING, type Outcome } from './outcome';
import { BadInput, problem, type Problem } from './problems';
import { selectControls } from './profiles';
import { printOutcome } from './report/print';
import { judgeSources, rulesFor } from './run';
import { type Given, readSources } from './sources';

/** Paths are those of whoever ran npm, which starts the command at the top of the checkout. */
function baseFolder({ npm_lifecycle_event: script, INIT_CWD: folder }: NodeJS.ProcessEnv): string {
  return script === 'policy' && folder ? folder : process.cwd();
}

async function run(args: readonly string[], base: string): Promise<Outcome | undefined> {
  let parsed: Arguments;
  try {
    parsed = readArguments(args);
    if (parsed.help) return undefined;
    return await judge(parsed, base);
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return { ...NOTHING, errors: error.problems };
  }
}

async function judge({ profile, controls, config, fix, paths }: Arguments, base: string): Promise<Outcome> {
  // Every fault of what was given is told at once.
  const problems: Problem[] = [];
  const selected = collect(problems, () => selectControls(profile, controls)) ?? [];
  const settings =
    config === undefined ? NO_CONFIG : collect(problems, () => readConfig(resolve(base, config), config));
  if (problems.length > 0) throw new BadInput(problems);
  const rules = rulesFor(selected, settings ?? NO_CONFIG);
  const given = await readSources(paths, base, fix);
  const mended = fix === undefined ? undefined : mend(given.sources, rules, fix, base);
  const verdicts = judgeSources(mended?.sources ?? given.sources, rules);
  return {
    ...verdicts,
    errors: [...given.problems, ...nothingGiven(given, verdicts.objects)],
    skipped: given.skipped,
    ...(mended && fix !== undefined
      ? { fixed: { folder: fix, objects: mended.objects, violations: mended.violations } }
      : {}),
  };
}

/** A pipe that broke gives nothing, and nothing violates nothing. */
function nothingGiven({ problems }: Given, objects: number): Problem[] {
  if (objects > 0 || problems.length > 0) return [];
  return [
    problem(
      'no object in what was given',
      'at least one manifest',
      'Look at what was to write it: what is empty is not passed',
    ),
  ];
}

function collect<T>(problems: Problem[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  try {
    const outcome = await run(args, baseFolder(process.env));
    if (!outcome) {
      process.stdout.write(USAGE);
      return 0;
    }
    printOutcome(outcome, formatAskedFor(args));
    return exitCode(outcome);
  } catch (error) {
    // Nothing of it is the user's doing, so that only its words help.
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`the command itself failed, and nothing was judged: ${message}\n`);
    return 2;
  }
}

/** Whoever reads may stop early (`| head`). */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

void main().then((code) => {
  // Not process.exit: what is printed must be flushed.
  process.exitCode = code;
});
