import { findProblems, kubectlWith, type SmokeTarget } from '../../components/operations/check';
import type { Plane } from '../plane/plane';
import type { Tool, ToolName } from '../toolchain/obtain';
import { SandboxError } from './errors';
import type { EventLog } from './events';

/** Whether the program's own smoke check was part of the update. */
export function hasChecked({ steps }: EventLog): boolean {
  return [...steps.values()].some(
    ({ name, op, type }) => type === 'command:local:Command' && name === 'smoke-check' && op !== 'same',
  );
}

/** The program's own check, after an `up` in which that did not run: nothing that it guards had changed. */
export async function smokeCheck(
  outputs: Record<string, unknown>,
  { tools, plane }: { tools: Map<ToolName, Tool>; plane: Plane },
): Promise<void> {
  const target = outputs.smoke as SmokeTarget | undefined;
  if (!target) return;
  const binary = tools.get('kubectl')?.path;
  const kubectl = kubectlWith({ kubeconfig: plane.kubeconfig, ...(binary ? { binary } : {}) });
  const problems = await findProblems(target, kubectl);
  if (problems.length > 0) {
    throw new SandboxError(
      `the platform is not what it should be:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
      'look at the objects named above (`export KUBECONFIG=$(make -s kubeconfig)`); what was changed by hand, ' +
        '`make refresh` finds and the next `make up` repairs',
    );
  }
}
