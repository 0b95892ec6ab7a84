import { spawnSync } from 'node:child_process';
import type { Deployment } from '@pulumi/pulumi/automation';
import type { StackPaths } from '../paths';
import type { Tool, ToolName } from '../toolchain/obtain';
import { SandboxError } from './errors';
import { nameOf } from './events';
import { stackFileName } from './project';

/**
 * Refuses to destroy what is protected before anything is touched: without a preview, the engine would delete the
 * rest first and then stop.
 */
export function refuseProtected(stack: string, { deployment }: Deployment): void {
  const { resources = [] } = deployment as { resources?: { urn: string; protect?: boolean }[] };
  const names = resources.filter(({ protect }) => protect).map(({ urn }) => nameOf(urn));
  if (names.length === 0) return;
  throw new SandboxError(
    `${names.length} objects of ${stack} are protected, so nothing was deleted: ${names.join(', ')}`,
    `run \`make destroy STACK=${stack} UNPROTECT=1\`, or set platform:protection.enabled to false in ` +
      `${stackFileName(stack)} and run \`make up STACK=${stack}\` first`,
  );
}

/** Lifts the protection of everything in the state; the next `up` puts it back. */
export function unprotect(paths: StackPaths, tools: Map<ToolName, Tool>): void {
  const args = ['state', 'unprotect', '--all', '--yes'];
  const { status, stderr } = spawnSync(tools.get('pulumi')?.path ?? 'pulumi', args, {
    cwd: paths.project,
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new SandboxError(`protection could not be lifted: ${stderr.trim()}`, 'see the message');
}
