/** CPU and memory as a chart's values have them. */
interface Resources {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
}

/**
 * The same, with room on the node's disk: for logs, and for what a container writes to its emptyDirs. Nothing of the
 * platform keeps data there, so most need little; what unpacks repositories or backups names more.
 */
export function withDisk({ limits, requests }: Resources, limit = '1Gi'): Required<Resources> {
  return {
    requests: { ...requests, 'ephemeral-storage': '64Mi' },
    limits: { ...limits, 'ephemeral-storage': limit },
  };
}
