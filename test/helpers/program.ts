/**
 * Runs the program of a checkout through the real engine, as the Pulumi CLI would, on a backend of its own:
 * `program.ts <checkout> <stack> <up|preview>`. Prints what came of it as one JSON object.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import * as automation from '@pulumi/pulumi/automation';
import { EventLog } from '../../sandbox/engine/events';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';

export interface ProgramResult {
  succeeded: boolean;
  /** What the engine tells people. */
  errors: string[];
  warnings: string[];
  /** Resources in the state afterwards, without the stack itself. */
  resources: number;
}

async function main(): Promise<ProgramResult> {
  const [root = '', stackName = '', operation = ''] = process.argv.slice(2);
  const home = mkdtempSync(join(tmpdir(), 'platform-program-'));
  try {
    const tools = await obtainToolchain({ names: ['pulumi', 'kubectl'] });
    const folders = [...tools.values()].map(({ path }) => dirname(path));
    process.env.PATH = [...folders, process.env.PATH].join(delimiter);
    process.env.PULUMI_HOME = home;
    const envVars = {
      PULUMI_BACKEND_URL: `file://${home}`,
      PULUMI_CONFIG_PASSPHRASE: 'test',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
    };
    process.chdir(root);
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the program of that checkout
    const program = require(join(root, 'index.ts')) as automation.PulumiFn;
    const stack = await automation.LocalWorkspace.createOrSelectStack(
      { stackName, projectName: 'platform', program },
      { workDir: root, envVars },
    );
    const log = new EventLog(() => undefined);
    const warnings: string[] = [];
    const onEvent = (event: automation.EngineEvent): void => {
      log.handle(event);
      const { severity, message = '' } = event.diagnosticEvent ?? {};
      if (severity === 'warning') warnings.push(message);
    };
    const run = operation === 'up' ? stack.up({ onEvent }) : stack.preview({ onEvent });
    const succeeded = await run.then(
      () => true,
      () => false,
    );
    const { resources = [] } = (await stack.exportStack()).deployment as { resources?: { type: string }[] };
    const own = resources.filter(({ type }) => type !== 'pulumi:pulumi:Stack');
    return { succeeded, errors: [...new Set(log.errors)], warnings, resources: own.length };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

void main().then((result) => {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
});
