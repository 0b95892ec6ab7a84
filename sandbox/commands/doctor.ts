import type { CommandContext } from '../cli';
import { printJson } from '../engine/print';
import { diagnose } from '../toolchain/obtain';

/** Says what the sandbox needs, what of it is here, where the rest would come from and how to get it. */
export async function doctor(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const findings = await diagnose();
  const missing = findings.filter(({ state }) => state === 'missing');
  if (context.json) {
    const error = { message: `missing: ${missing.map(({ name }) => name).join(', ')}`, cure: 'see tools' };
    printJson(context, startedAt, {
      tools: findings,
      ...(missing.length > 0 ? { result: 'failed', error } : {}),
    });
  } else {
    for (const { name, state, version, detail, cure } of findings) {
      context.display.write(`${state.padEnd(10)}  ${name.padEnd(26)} ${(version ?? '').padEnd(9)} ${detail}`);
      if (cure) context.display.write(`${' '.repeat(12)}${cure}`);
    }
    context.display.write(
      missing.length > 0 ? `\n${missing.length} missing: see above.` : '\nNothing is missing.',
    );
  }
  return missing.length > 0 ? 1 : 0;
}
