import { FORMATS, type Format } from '../../policy/cli/arguments';
import { exitCode, NOTHING, type Outcome } from '../../policy/cli/outcome';
import { jsonFields } from '../../policy/cli/report/json';
import { printOutcome } from '../../policy/cli/report/print';
import type { CommandContext } from '../cli';
import { SandboxError } from '../engine/errors';
import { printJson } from '../engine/print';
import { stackFileName } from '../engine/project';
import { judgeProgram } from '../policy/judge';
import { packConfiguration } from '../policy/prestart';
import { withProgram } from '../policy/program';

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

function judgeStack(context: CommandContext): Promise<Outcome> {
  const { display, stack } = context;
  const stop = display.follow(() => undefined, `judging ${stack}`);
  return withProgram(context, async ({ cache, helm, project, raw, resources }) => {
    const env = {
      POLICY_PROJECT: project,
      POLICY_CACHE: cache.folder,
      POLICY_CACHE_KEY: cache.key,
      POLICY_HELM: helm,
      PULUMI_CONFIG: packConfiguration(raw),
    };
    return { ...NOTHING, ...(await judgeProgram(resources, env, stackFileName(stack))) };
  }).finally(stop);
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
