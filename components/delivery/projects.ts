import type { Settings } from '../../stacks/schema';

/** A project in which nothing can be delivered. */
export const LOCKED_PROJECT = {
  description: 'Locked: every application belongs to a project that says what it may do.',
  sourceRepos: [],
  destinations: [],
  clusterResourceWhitelist: [],
  namespaceResourceBlacklist: [{ group: '*', kind: '*' }],
};

/** Spec of the project of the platform's workloads and tenants: their repositories, into their namespaces. */
export function platformProject({ delivery, tenants, workloads }: Settings): Record<string, unknown> {
  const namespaces = [...Object.values(workloads).map(({ namespace }) => namespace), ...Object.keys(tenants)];
  return {
    description: "The platform's workloads and tenants.",
    sourceRepos: delivery.repositories,
    destinations: [...new Set(namespaces)]
      .sort()
      .map((namespace) => ({ server: 'https://kubernetes.default.svc', namespace })),
    clusterResourceWhitelist: [],
    // The limits of a namespace are the platform's.
    namespaceResourceBlacklist: [
      { group: '', kind: 'ResourceQuota' },
      { group: '', kind: 'LimitRange' },
    ],
  };
}
