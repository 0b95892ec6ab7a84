import type { Power } from './rbac';

const CONTROLLER = 'system:controller';

/**
 * The ClusterRoles that every cluster is born with, by what they let one do; those that are not here let one do none
 * of it. `admin`, `edit` and `view` are made of those named `system:aggregate-to-…`.
 */
export const BUILT_IN_ROLES: Readonly<Record<Power, readonly string[]>> = {
  'read Secrets': [
    'cluster-admin',
    'system:aggregate-to-edit',
    `${CONTROLLER}:generic-garbage-collector`,
    `${CONTROLLER}:namespace-controller`,
    `${CONTROLLER}:resourcequota-controller`,
    'system:kube-controller-manager',
    'system:node',
  ],
  'make pods': [
    'cluster-admin',
    'system:aggregate-to-edit',
    `${CONTROLLER}:cronjob-controller`,
    `${CONTROLLER}:daemon-set-controller`,
    `${CONTROLLER}:deployment-controller`,
    `${CONTROLLER}:generic-garbage-collector`,
    `${CONTROLLER}:job-controller`,
    `${CONTROLLER}:persistent-volume-binder`,
    `${CONTROLLER}:replicaset-controller`,
    `${CONTROLLER}:replication-controller`,
    `${CONTROLLER}:statefulset-controller`,
    'system:node',
  ],
  'take what it was not given': [
    'cluster-admin',
    'system:aggregate-to-edit',
    `${CONTROLLER}:clusterrole-aggregation-controller`,
  ],
  'make PersistentVolumes': [
    'cluster-admin',
    `${CONTROLLER}:persistent-volume-binder`,
    'system:persistent-volume-provisioner',
  ],
  'reach kubelets': [
    'cluster-admin',
    `${CONTROLLER}:generic-garbage-collector`,
    `${CONTROLLER}:namespace-controller`,
    `${CONTROLLER}:resourcequota-controller`,
    'system:kube-controller-manager',
    'system:kubelet-api-admin',
  ],
  'approve certificates': [
    'cluster-admin',
    'system:certificates.k8s.io:kube-apiserver-client-approver',
    'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver',
    'system:certificates.k8s.io:kubelet-serving-approver',
    'system:certificates.k8s.io:legacy-unknown-approver',
    `${CONTROLLER}:certificate-controller`,
    `${CONTROLLER}:generic-garbage-collector`,
  ],
  'change admission': [
    'cluster-admin',
    `${CONTROLLER}:generic-garbage-collector`,
    `${CONTROLLER}:namespace-controller`,
  ],
  'make tokens': [
    'cluster-admin',
    'system:aggregate-to-edit',
    'system:kube-controller-manager',
    'system:node',
  ],
  'enter pods': [
    'cluster-admin',
    'system:aggregate-to-edit',
    `${CONTROLLER}:generic-garbage-collector`,
    `${CONTROLLER}:namespace-controller`,
  ],
  'write roles and bindings': [
    'cluster-admin',
    'system:aggregate-to-admin',
    `${CONTROLLER}:clusterrole-aggregation-controller`,
    `${CONTROLLER}:generic-garbage-collector`,
  ],
  'relabel namespaces': [
    'cluster-admin',
    `${CONTROLLER}:generic-garbage-collector`,
    `${CONTROLLER}:namespace-controller`,
  ],
};

/** The same of what no power is about: other grants, and Roles of kube-system, by namespace/name. */
export const ALSO_BUILT_IN = {
  wildcards: [
    'cluster-admin',
    `${CONTROLLER}:disruption-controller`,
    `${CONTROLLER}:generic-garbage-collector`,
    `${CONTROLLER}:horizontal-pod-autoscaler`,
    `${CONTROLLER}:namespace-controller`,
    `${CONTROLLER}:resourcequota-controller`,
    'system:kube-controller-manager',
    'system:kubelet-api-admin',
  ],
  endpoints: [
    'cluster-admin',
    `${CONTROLLER}:endpoint-controller`,
    `${CONTROLLER}:endpointslice-controller`,
    `${CONTROLLER}:endpointslicemirroring-controller`,
    `${CONTROLLER}:generic-garbage-collector`,
    `${CONTROLLER}:service-controller`,
  ],
  tracks: [
    'cluster-admin',
    'system:aggregate-to-edit',
    `${CONTROLLER}:generic-garbage-collector`,
    `${CONTROLLER}:namespace-controller`,
    `${CONTROLLER}:root-ca-cert-publisher`,
    `kube-system/${CONTROLLER}:cloud-provider`,
  ],
  secretsOfSystem: [`kube-system/${CONTROLLER}:bootstrap-signer`, `kube-system/${CONTROLLER}:token-cleaner`],
};

/** Whom every cluster binds by itself that a control is about: a group, to the role that the binding is named after. */
export const BUILT_IN_BINDINGS: Readonly<Record<string, readonly string[]>> = {
  'cluster-admin': ['system:masters'],
  'system:basic-user': ['system:authenticated'],
  'system:discovery': ['system:authenticated'],
  'system:public-info-viewer': ['system:authenticated', 'system:unauthenticated'],
  'system:service-account-issuer-discovery': ['system:serviceaccounts'],
};

/** Whether each cluster has this role by itself. */
export function isBuiltIn(role: string): boolean {
  return ['admin', 'cluster-admin', 'edit', 'view'].includes(role) || role.startsWith('system:');
}
