import {
  findProblems,
  type Kubectl,
  kubectlWith,
  type SmokeTarget,
  wholeCluster,
} from '../../components/operations/check';
import { RELEASE_TYPE } from '../../policy/release';
import type { Plane } from '../plane/plane';
import type { Tool, ToolName } from '../toolchain/obtain';
import { SandboxError } from './errors';
import type { EventLog } from './events';
import { failedReleases } from './heal';
import { whatHolds } from './stuck';

interface Ground {
  tools: Map<ToolName, Tool>;
  plane: Plane;
}

/** The program's own check, after every `up`: in the graph it runs only when what it guards has changed. */
export async function smokeCheck(outputs: Record<string, unknown>, ground: Ground): Promise<void> {
  const target = outputs.smoke as SmokeTarget | undefined;
  if (!target) return;
  const problems = await findProblems(target, kubectlOf(ground));
  if (problems.length > 0) {
    throw new SandboxError(
      `the platform is not what it should be:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
      'look at the objects named above (`export KUBECONFIG=$(make -s kubeconfig)`); what was changed by hand, ' +
        '`make refresh` finds and the next `make up` repairs',
    );
  }
}

/**
 * An engine that gave up on waiting says "context deadline exceeded": what it was waiting for is said after it, and what
 * became of the releases that failed.
 * @throws the error, always
 */
export async function explainUp(error: unknown, ground: Ground, log: EventLog): Promise<never> {
  // The way that the engine was given.
  const kubectl = kubectlOf(ground, process.env.KUBECONFIG);
  const problems = await wholeCluster(kubectl)
    .then((target) => findProblems(target, kubectl, 0))
    // Helm may have kept the reason to itself.
    .catch((unreachable: unknown) => [(unreachable as Error).message.split('\n').at(-1) ?? '']);
  log.reasons.push(...problems);
  const failed = [...log.steps.values()].filter((step) => step.failed && step.type === RELEASE_TYPE);
  const names = failed.map(({ name }) => name);
  log.outcomes.push(...(await failedReleases(ground.plane.api, names).catch(() => [])));
  throw error;
}

/**
 * A destroy that gave up on waiting names what the API server is still waiting for.
 * @throws the error, always
 */
export async function explainDestroy(error: unknown, { plane }: Ground, log: EventLog): Promise<never> {
  log.reasons.push(...(await whatHolds(plane.api).catch(() => [])));
  throw error;
}

function kubectlOf({ plane, tools }: Ground, kubeconfig = plane.kubeconfig): Kubectl {
  const binary = tools.get('kubectl')?.path;
  return kubectlWith({ kubeconfig, ...(binary ? { binary } : {}) });
}
