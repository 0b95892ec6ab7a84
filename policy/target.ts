import { dirname } from 'node:path';
import { DEFAULT_KUBERNETES_VERSION } from '../stacks/kubernetes';
import type { Target } from './release';

/**
 * What releases are rendered with. The engine gives a pack the stack's configuration, but not where the project is.
 *
 * - `POLICY_PROJECT`: the project's folder; by default the one that holds the pack
 * - `POLICY_HELM`: the Helm binary; by default `helm` on PATH
 * - `POLICY_CACHE`: a folder that keeps renders of releases without values; by default none are kept
 * - `POLICY_KUBERNETES_VERSION`: the cluster's; by default `platform:cluster.kubernetesVersion`
 */
export function target(env: NodeJS.ProcessEnv): Omit<Target, 'apiVersions'> {
  return {
    helm: env.POLICY_HELM ?? 'helm',
    project: env.POLICY_PROJECT ?? dirname(__dirname),
    cache: env.POLICY_CACHE,
    kubernetesVersion:
      env.POLICY_KUBERNETES_VERSION ?? configuredVersion(env.PULUMI_CONFIG) ?? DEFAULT_KUBERNETES_VERSION,
  };
}

/** `kubernetesVersion` out of the configuration as the engine hands it on: JSON in JSON. */
function configuredVersion(config: string | undefined): string | undefined {
  try {
    const { 'platform:cluster': cluster } = JSON.parse(config ?? '{}') as Record<string, string>;
    return (JSON.parse(cluster ?? '{}') as { kubernetesVersion?: string }).kubernetesVersion;
  } catch {
    // The program says what is wrong with its configuration.
    return undefined;
  }
}
