import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHARTS_FOLDER } from '../../components/catalogue';
import { Platform } from '../../components/platform';
import { FORMATS, type Format } from '../../policy/cli/arguments';
import { exitCode, NOTHING, type Outcome } from '../../policy/cli/outcome';
import { jsonFields } from '../../policy/cli/report/json';
import { printOutcome } from '../../policy/cli/report/print';
import { seal } from '../../stacks/secrets';
import type { CommandContext } from '../cli';
import { charts } from '../engine/charts';
import { constructMocked } from '../engine/construct';
import { SandboxError } from '../engine/errors';
import { printJson } from '../engine/print';
import { stackFileName } from '../engine/project';
import { toolchain } from '../engine/session';
import { checkSettings, stackSettings } from '../engine/settings';
import { PROJECT } from '../engine/workspace';
import { stackPaths } from '../paths';
import { judgeProgram } from '../policy/judge';

/**
 * Judges a whole stack from its program alone: no plane, no engine, no state. FORMAT is that of the report.
 *
 * @returns 0 where no mandatory control is violated, else 1.
 */
export async function policy(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const format = formatOf(process.env.FORMAT, context.json);
  const outcome = await judgeStack(context);
  const code = exitCode(outcome);
  if (context.json) {
    const failed = {
      message: `${outcome.violations.filter(({ level }) => level === 'mandatory').length} violations of mandatory controls`,
      cure: 'correct what `violations` names (policy/controls says why), or lower platform:security.enforcement',
    };
    printJson(context, startedAt, {
      ...jsonFields(outcome),
      result: code === 0 ? 'succeeded' : 'failed',
      error: code === 0 ? null : failed,
    });
  } else {
    printOutcome(outcome, format, true);
  }
  return code;
}

async function judgeStack({ stack, mirror, display }: CommandContext): Promise<Outcome> {
  const facts = checkSettings(stack);
  const { settings: plain, raw } = stackSettings(stack);
  const tools = await toolchain(display, ['helm']);
  const paths = stackPaths(stack);
  // A place of its own: what is installed there may come from other charts.
  const project = mkdtempSync(join(tmpdir(), 'platform-policy-'));
  const stop = display.follow(() => undefined, `judging ${stack}`);
  try {
    const placed = { ...paths, charts: join(project, CHARTS_FOLDER) };
    const archives = await charts(facts, placed, tools, display, mirror ?? facts.mirror, () => undefined);
    const digests = new Map(archives.map(({ chart, sha256 }) => [chart, sha256]));
    const { resources } = await constructMocked(
      () => new Platform('platform', { settings: seal(plain), digests }).outputs,
      { project: PROJECT, stack },
    );
    const env = {
      POLICY_PROJECT: project,
      POLICY_CACHE: paths.renders,
      POLICY_HELM: tools.get('helm')?.path ?? 'helm',
      PULUMI_CONFIG: JSON.stringify(
        Object.fromEntries(
          Object.entries(raw).map(([key, value]) => [
            key,
            typeof value === 'string' ? value : JSON.stringify(value),
          ]),
        ),
      ),
    };
    return { ...NOTHING, ...(await judgeProgram(resources, env, stackFileName(stack))) };
  } finally {
    stop();
    rmSync(project, { recursive: true, force: true });
  }
}

/** make passes an unset variable as an empty one. */
export function formatOf(format: string | undefined, json: boolean): Format {
  if (format === undefined || format === '') return json ? 'json' : 'text';
  const known = FORMATS.find((each) => each === format);
  if (known && !(json && known !== 'json')) return known;
  throw new SandboxError(
    json
      ? `FORMAT is "${format}" beside OUTPUT=json`
      : `FORMAT is "${format}", expected ${FORMATS.join(', ')}`,
    json ? 'set one of the two' : 'set FORMAT to one of those, or leave it unset for text',
  );
}
