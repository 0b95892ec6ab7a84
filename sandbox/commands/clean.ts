import { rmSync } from 'node:fs';
import type { CommandContext } from '../cli';
import { aboutAll, printJson } from '../engine/print';
import { stackNames } from '../engine/settings';
import { stackPaths } from '../paths';
import { deletePlane } from '../plane/plane';
import { refuseWhileInUse } from '../engine/session';

/** Deletes the state of the stack, or of every stack when none is named: planes, Pulumi state, work copies. */
export async function clean(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const stacks = process.env.STACK ? [context.stack] : stackNames();
  for (const stack of stacks) {
    refuseWhileInUse(stack);
    const paths = stackPaths(stack);
    await deletePlane(paths.plane);
    rmSync(paths.folder, { recursive: true, force: true });
  }
  if (context.json) printJson(context, startedAt, { ...aboutAll(), deleted: stacks });
  else
    context.display.write(`Deleted the sandbox state of: ${stacks.join(', ')}. The toolchain cache is kept.`);
  return 0;
}
