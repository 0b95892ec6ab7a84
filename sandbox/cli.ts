/**
 * The command behind every make target: `cli.ts <command> [--stack NAME]`. Reads STACK, CHARTS and OUTPUT from
 * the environment, as make passes them.
 */
import './lazy.js';
import { Display } from './engine/display';
import { printFailure } from './engine/print';
import { loadPack } from './policy/ahead';

/** What a command is given. */
export interface CommandContext {
  command: string;
  stack: string;
  mirror: string | undefined;
  json: boolean;
  display: Display;
}

type Command = (context: CommandContext) => Promise<number>;

/**
 * Each is loaded when it is called: those that construct or judge the program load the provider's SDK and two hundred
 * controls. By `require`, since the hook that compiles TypeScript (policy/typescript.js) does not see an `import()`.
 */
/* eslint-disable @typescript-eslint/no-require-imports */
const errors = (): typeof import('./engine/errors') =>
  require('./engine/errors') as typeof import('./engine/errors');
const settings = (): typeof import('./engine/settings') =>
  require('./engine/settings') as typeof import('./engine/settings');
const operate = (): Command => (require('./commands/operate') as typeof import('./commands/operate')).operate;
const plane = (): typeof import('./commands/plane') =>
  require('./commands/plane') as typeof import('./commands/plane');
const COMMANDS: Record<string, () => Command> = {
  up: operate,
  preview: operate,
  refresh: operate,
  destroy: operate,
  plane: () => plane().planeUp,
  down: () => plane().down,
  status: () => plane().status,
  kubeconfig: () => plane().kubeconfig,
  clean: () => (require('./commands/clean') as typeof import('./commands/clean')).clean,
  charts: () => (require('./commands/charts') as typeof import('./commands/charts')).charts,
  doctor: () => (require('./commands/doctor') as typeof import('./commands/doctor')).doctor,
  bench: () => (require('./commands/bench') as typeof import('./commands/bench')).bench,
  record: () => (require('./commands/record') as typeof import('./commands/record')).record,
  report: () => (require('./commands/report') as typeof import('./commands/report')).report,
  policy: () => (require('./commands/policy') as typeof import('./commands/policy')).policy,
};
/* eslint-enable @typescript-eslint/no-require-imports */

/** Commands of which standard output holds what they were asked for, and nothing else. */
const REPORTING = ['kubeconfig', 'policy'];

/** Commands that ask the policy pack. */
const JUDGED = ['up', 'preview'];

async function main(): Promise<number> {
  const [command = ''] = process.argv.slice(2);
  // Before what this process needs, which is as much.
  if (JUDGED.includes(command)) loadPack();
  const { STACK, CHARTS, OUTPUT } = process.env;
  const json = OUTPUT === 'json';
  const context: CommandContext = {
    command,
    stack: nonEmpty(STACK) ?? 'local',
    mirror: nonEmpty(CHARTS),
    json,
    // What a caller reads from standard output must stand there alone.
    display: new Display(json || REPORTING.includes(command) ? process.stderr : process.stdout),
  };
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  handleInterrupts(context.display);
  const run = COMMANDS[command];
  const startedAt = Date.now();
  const { describeFailure, SandboxError } = errors();
  try {
    if (OUTPUT && !json) {
      throw new SandboxError(
        `OUTPUT is "${OUTPUT}", expected json`,
        'set OUTPUT=json, or nothing for the human view',
      );
    }
    if (!run) {
      throw new SandboxError(
        `unknown command "${command}"`,
        `use one of ${Object.keys(COMMANDS).join(', ')}`,
      );
    }
    settings().assertStack(context.stack);
    return await run()(context);
  } catch (error) {
    printFailure(context, describeFailure(error), startedAt);
    // 1 is what a judgement gives that was made.
    return command === 'policy' ? 2 : 1;
  }
}

/** Whoever reads may stop early (`make status | head`): no reason to stop half-way, nor for a stack trace. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** make passes an unset variable as an empty one. */
function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/**
 * Ctrl-C reaches the engine too, which stops after what is under way; this process has to live until then. A second
 * one ends everything: the next command goes on from there.
 */
function handleInterrupts(display: Display): void {
  let interrupted = false;
  process.on('SIGINT', () => {
    if (interrupted) process.exit(130);
    interrupted = true;
    display.line('interrupted: stopping after what is under way (once more to stop at once)');
  });
}

void main().then((code) => {
  // Not process.exit: what is printed must be flushed. The Automation API may keep handles open, so an exit
  // follows as soon as the streams are empty.
  process.exitCode = code;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
});
