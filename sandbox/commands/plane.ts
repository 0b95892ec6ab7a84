import type { CommandContext } from '../cli';
import { formatChanges } from '../engine/display';
import { aboutAll, printJson } from '../engine/print';
import { readLastRun } from '../engine/last-run';
import { refuseWhileInUse, toolchain } from '../engine/session';
import { checkSettings, stackNames } from '../engine/settings';
import { lockHolder } from '../lock';
import { stackPaths } from '../paths';
import { ensurePlane, inspectPlane, PLANE_TOOLS, stopPlane } from '../plane/plane';

/** Starts a stack's control plane, with nothing on it if it is new. */
export async function planeUp(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  await startPlane(context);
  if (context.json) printJson(context, startedAt);
  return 0;
}

/** Prints the path of the kubeconfig of a stack's plane, which is started if need be. */
export async function kubeconfig(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const path = await startPlane(context);
  if (context.json) printJson(context, startedAt, { kubeconfig: path });
  else process.stdout.write(`${path}\n`);
  return 0;
}

/** Stops the planes of the stack, or of every stack when none is named; state is kept. */
export async function down(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const stacks = process.env.STACK ? [context.stack] : stackNames();
  const stopped: string[] = [];
  const busy = stacks.filter((stack) => lockHolder(stackPaths(stack).lock));
  for (const stack of stacks.filter((name) => !busy.includes(name))) {
    if (await stopPlane(stackPaths(stack).plane)) stopped.push(stack);
  }
  busy.forEach(refuseWhileInUse);
  if (context.json) printJson(context, startedAt, { ...aboutAll(), stopped });
  else if (stopped.length === 0) context.display.write('No control plane was running.');
  else context.display.write(`Stopped: ${stopped.join(', ')}. State is kept; \`make up\` goes on from it.`);
  return 0;
}

/** Shows each stack's plane and what was last done to it. */
export async function status(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const stacks = process.env.STACK ? [context.stack] : stackNames();
  const rows = stacks.map((stack) => {
    const paths = stackPaths(stack);
    const plane = inspectPlane(paths.plane);
    const state = !plane
      ? 'never started'
      : plane.missing.length === 0
        ? 'running'
        : plane.running.length === 0
          ? 'stopped'
          : `broken: ${plane.missing.join(', ')} not running (the next command restarts it)`;
    const holder = lockHolder(paths.lock);
    return {
      stack,
      plane: state,
      busy: holder ? `process ${holder.pid}` : null,
      last: readLastRun(paths) ?? null,
    };
  });
  if (context.json) {
    printJson(context, startedAt, { ...aboutAll(), stacks: rows });
  } else {
    for (const { stack, plane, busy, last } of rows) {
      const done = last
        ? `${last.command} ${last.result} at ${last.at}: ${formatChanges(last.changes)}`
        : 'nothing done yet';
      context.display.write(`${stack.padEnd(8)} plane ${plane}${busy ? `, in use by ${busy}` : ''}; ${done}`);
    }
  }
  return Promise.resolve(0);
}

async function startPlane({ stack, display }: CommandContext): Promise<string> {
  checkSettings(stack);
  const { plane: folder } = stackPaths(stack);
  const tools = await toolchain(display, PLANE_TOOLS);
  const plane = await ensurePlane(folder, tools, (detail) => display.line(`control plane: ${detail}`));
  plane.api.close();
  return plane.kubeconfig;
}
