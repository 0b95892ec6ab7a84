import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';

/** Where the marker is. kube-system is in every cluster and outlives the platform. */
export const MARKER = { name: 'platform-owner', namespace: 'kube-system' };

/**
 * The object that names the project and stack that own the cluster. It is immutable: the update of another stack,
 * or one against the wrong kubeconfig context, is refused by the API server before it touches anything else.
 */
export function createMarker(parent: pulumi.Resource, provider: k8s.Provider): k8s.core.v1.ConfigMap {
  return new k8s.core.v1.ConfigMap(
    MARKER.name,
    { metadata: MARKER, immutable: true, data: { project: pulumi.getProject(), stack: pulumi.getStack() } },
    { parent, provider },
  );
}
