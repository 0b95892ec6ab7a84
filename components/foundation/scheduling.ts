import type { types } from '@pulumi/kubernetes';
import type { Settings } from '../../stacks/schema';

type Constraint = types.input.core.v1.TopologySpreadConstraint;

/**
 * How the pods with these labels spread: over zones, then over nodes. Never so strictly that a pod cannot start;
 * none where there is a single replica.
 */
export function topologySpread(
  { availability }: Pick<Settings, 'availability'>,
  matchLabels: Record<string, string>,
): Constraint[] {
  if (availability.replicas === 1) return [];
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels },
  }));
}

/** The stack's pull Secret as pods name it; empty without one. */
export function pullSecrets({ images }: Pick<Settings, 'images'>): { name: string }[] {
  return images.pullSecret ? [{ name: images.pullSecret }] : [];
}
