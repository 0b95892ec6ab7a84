import { dirname } from 'node:path';
import { DEFAULT_KUBERNETES_VERSION } from '../stacks/kubernetes';
import type { Target } from './release';
import { ROLLOUT } from './rollout';

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
      env.POLICY_KUBERNETES_VERSION ??
      (areaOf(env, 'cluster') as { kubernetesVersion?: string }).kubernetesVersion ??
      DEFAULT_KUBERNETES_VERSION,
  };
}

/** What a control does where it is violated. */
export const LEVELS = ['advisory', 'mandatory', 'remediate', 'disabled'] as const;

/**
 * `remediate` mends typed resources before they are made, by the control's own cure. Where there is none, and inside
 * Helm releases, it is as `mandatory` is.
 */
export type Level = (typeof LEVELS)[number];

/** What a stack says of levels: `platform:security`. */
export interface Levels {
  enforcement?: Level;
  controls?: Readonly<Record<string, Level>>;
}

/**
 * The level of a control: the stack's own of it; else `advisory` where the stack's enforcement is that, or while the
 * control is rolled out; else `mandatory`.
 */
export function levelIn({ controls = {}, enforcement }: Levels, id: string): Level {
  return controls[id] ?? (enforcement === 'advisory' || ROLLOUT.includes(id) ? 'advisory' : 'mandatory');
}

/**
 * The level of each control in the stack that is judged.
 * @throws Error where the stack names a control that there is not
 */
export function levelsOf(ids: readonly string[], env: NodeJS.ProcessEnv): (id: string) => Level {
  const levels = areaOf(env, 'security') as Levels;
  const unknown = Object.keys(levels.controls ?? {}).filter((id) => !ids.includes(id));
  if (unknown.length > 0) {
    throw new Error(
      `platform:security.controls names ${unknown.join(', ')}: expected ids of controls, which policy/controls holds`,
    );
  }
  return (id) => levelIn(levels, id);
}

/** One area of the stack's settings, out of the configuration as the engine hands it on: JSON in JSON. */
function areaOf({ PULUMI_CONFIG = '{}' }: NodeJS.ProcessEnv, area: string): object {
  try {
    const { [`platform:${area}`]: text = '{}' } = JSON.parse(PULUMI_CONFIG) as Record<string, string>;
    return JSON.parse(text) as object;
  } catch {
    // The program says what is wrong with its configuration.
    return {};
  }
}
