import type { types } from '@pulumi/kubernetes';

/**
 * Spreads the pods that carry these labels over zones, then over nodes, as evenly as there is room for. Without
 * labels it is for charts that put each workload's own selector in.
 */
export function spread(matchLabels?: Record<string, string>): SpreadConstraint[] {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    ...(matchLabels ? { labelSelector: { matchLabels } } : {}),
  }));
}

export type SpreadConstraint = types.input.core.v1.TopologySpreadConstraint;
