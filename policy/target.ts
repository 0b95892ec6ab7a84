import { dirname } from 'node:path';
import { DEFAULT_KUBERNETES_VERSION } from '../stacks/kubernetes';
import { isRecord } from './objects';
import type { Target } from './release';
import type { PolicySettings } from './settings';

/**
 * What releases are rendered with. The engine gives a pack the stack's configuration, but not where the project is.
 *
 * - `POLICY_PROJECT`: the project's folder; by default the one that holds the pack
 * - `POLICY_HELM`: the Helm binary; by default `helm` on PATH
 * - `POLICY_CACHE` and `POLICY_CACHE_KEY`: a folder that keeps renders, and the file whose secret they are encrypted
 *   with, of at least 32 random characters; by default none are kept
 * - `POLICY_JUDGED`: a file that the pack writes what it judged to, as a JSON list; by default none
 * - `POLICY_KUBERNETES_VERSION`: the cluster's; by default `platform:cluster.kubernetesVersion`
 */
export function target(env: NodeJS.ProcessEnv): Target {
  return {
    apiVersions: existingApis(policySettings(env)),
    helm: env.POLICY_HELM ?? 'helm',
    project: env.POLICY_PROJECT ?? dirname(__dirname),
    cache:
      env.POLICY_CACHE && env.POLICY_CACHE_KEY
        ? { folder: env.POLICY_CACHE, key: env.POLICY_CACHE_KEY }
        : undefined,
    kubernetesVersion:
      env.POLICY_KUBERNETES_VERSION ??
      (areaOf(configOf(env), 'platform:cluster') as { kubernetesVersion?: string }).kubernetesVersion ??
      DEFAULT_KUBERNETES_VERSION,
  };
}

/** By area, an API that charts ask for before they make objects of it. */
const APIS = {
  certificates: 'cert-manager.io/v1',
  mesh: 'networking.istio.io/v1',
  observability: 'monitoring.coreos.com/v1',
};

/** The APIs of what a cluster has already: no release of the stack brings their CRDs, and Helm finds them all the same. */
export function existingApis(settings: object): string[] {
  const groups = settings as Record<string, unknown>;
  return Object.entries(APIS).flatMap(([area, api]) => {
    const group = groups[area];
    return isRecord(group) && group.mode === 'existing' ? [api] : [];
  });
}

/** What the configuration that the engine hands on says to controls. */
export function policySettings(env: NodeJS.ProcessEnv): PolicySettings {
  const config = configOf(env);
  return Object.fromEntries(
    Object.keys(config).map((key) => [key.replace(/^platform:/, ''), areaOf(config, key)]),
  );
}

/** One area of the stack's settings, out of the configuration as the engine hands it on: JSON in JSON. */
function areaOf(config: Record<string, string>, key: string): object {
  try {
    const value: unknown = JSON.parse(config[key] ?? '{}');
    return isRecord(value) ? value : {};
  } catch {
    // The program says what is wrong with its configuration.
    return {};
  }
}

function configOf({ PULUMI_CONFIG = '{}' }: NodeJS.ProcessEnv): Record<string, string> {
  try {
    return JSON.parse(PULUMI_CONFIG) as Record<string, string>;
  } catch {
    return {};
  }
}
