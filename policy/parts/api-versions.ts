/** Kinds of an API version that Kubernetes gives up, with the minor versions of Kubernetes 1 in which it does. */
export interface Retirement {
  apiVersion: string;
  kinds: readonly string[];
  /** The version that warns of it first. */
  deprecated: number;
  /** The first version that no longer serves it; undefined where it stays. */
  removed: number | undefined;
  /** What to use instead. */
  instead: string;
}

type Row = readonly [
  apiVersion: string,
  kinds: string,
  deprecated: number,
  removed: number | undefined,
  instead: string,
];

/** The `APILifecycle…` methods of k8s.io/api, with the deprecated API migration guide for what has left it since. */
const ROWS: readonly Row[] = [
  [
    'admissionregistration.k8s.io/v1alpha1',
    'MutatingAdmissionPolicy MutatingAdmissionPolicyBinding',
    35,
    38,
    'v1',
  ],
  [
    'admissionregistration.k8s.io/v1alpha1',
    'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding',
    29,
    32,
    'v1',
  ],
  [
    'admissionregistration.k8s.io/v1beta1',
    'MutatingAdmissionPolicy MutatingAdmissionPolicyBinding',
    37,
    40,
    'v1',
  ],
  [
    'admissionregistration.k8s.io/v1beta1',
    'MutatingWebhookConfiguration ValidatingWebhookConfiguration',
    16,
    22,
    'v1',
  ],
  [
    'admissionregistration.k8s.io/v1beta1',
    'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding',
    31,
    34,
    'v1',
  ],
  ['apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', 16, 22, 'v1'],
  ['apiregistration.k8s.io/v1beta1', 'APIService', 19, 22, 'v1'],
  ['apps/v1beta1', 'ControllerRevision Deployment StatefulSet', 8, 16, 'v1'],
  ['apps/v1beta2', 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet', 9, 16, 'v1'],
  ['autoscaling/v2beta1', 'HorizontalPodAutoscaler', 22, 25, 'v2'],
  ['autoscaling/v2beta2', 'HorizontalPodAutoscaler', 23, 26, 'v2'],
  ['batch/v1beta1', 'CronJob', 21, 25, 'v1'],
  ['certificates.k8s.io/v1alpha1', 'ClusterTrustBundle', 34, 37, 'v1beta1'],
  ['certificates.k8s.io/v1beta1', 'CertificateSigningRequest', 19, 22, 'v1'],
  ['certificates.k8s.io/v1beta1', 'ClusterTrustBundle PodCertificateRequest', 37, 40, 'v1'],
  ['coordination.k8s.io/v1alpha2', 'LeaseCandidate', 35, 38, 'v1beta1'],
  ['coordination.k8s.io/v1beta1', 'Lease', 19, 22, 'v1'],
  ['discovery.k8s.io/v1beta1', 'EndpointSlice', 21, 25, 'v1'],
  ['events.k8s.io/v1beta1', 'Event', 22, 25, 'v1'],
  ['extensions/v1beta1', 'DaemonSet Deployment ReplicaSet', 8, 16, 'apps/v1'],
  ['extensions/v1beta1', 'Ingress', 14, 22, 'networking.k8s.io/v1'],
  ['extensions/v1beta1', 'NetworkPolicy', 9, 16, 'networking.k8s.io/v1'],
  ['extensions/v1beta1', 'PodSecurityPolicy', 11, 16, 'the Pod Security labels of namespaces'],
  ['flowcontrol.apiserver.k8s.io/v1beta1', 'FlowSchema PriorityLevelConfiguration', 23, 26, 'v1'],
  ['flowcontrol.apiserver.k8s.io/v1beta2', 'FlowSchema PriorityLevelConfiguration', 26, 29, 'v1'],
  ['flowcontrol.apiserver.k8s.io/v1beta3', 'FlowSchema PriorityLevelConfiguration', 29, 32, 'v1'],
  ['networking.k8s.io/v1alpha1', 'IPAddress ServiceCIDR', 30, 33, 'v1'],
  ['networking.k8s.io/v1beta1', 'Ingress IngressClass', 19, 22, 'v1'],
  ['networking.k8s.io/v1beta1', 'IPAddress ServiceCIDR', 34, 37, 'v1'],
  ['node.k8s.io/v1beta1', 'RuntimeClass', 22, 25, 'v1'],
  ['policy/v1beta1', 'PodDisruptionBudget', 21, 25, 'v1'],
  ['policy/v1beta1', 'PodSecurityPolicy', 21, 25, 'the Pod Security labels of namespaces'],
  ['rbac.authorization.k8s.io/v1beta1', 'ClusterRole ClusterRoleBinding Role RoleBinding', 17, 22, 'v1'],
  ['resource.k8s.io/v1alpha3', 'DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice', 34, 37, 'v1'],
  ['resource.k8s.io/v1alpha3', 'DeviceTaintRule', 36, 39, 'v1beta2'],
  ['resource.k8s.io/v1beta1', 'DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice', 35, 38, 'v1'],
  ['resource.k8s.io/v1beta2', 'DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice', 36, 39, 'v1'],
  ['scheduling.k8s.io/v1beta1', 'PriorityClass', 14, 22, 'v1'],
  ['storage.k8s.io/v1alpha1', 'CSIStorageCapacity VolumeAttachment', 21, 24, 'v1'],
  ['storage.k8s.io/v1alpha1', 'VolumeAttributesClass', 32, 35, 'v1'],
  ['storage.k8s.io/v1beta1', 'CSIDriver StorageClass VolumeAttachment', 19, 22, 'v1'],
  ['storage.k8s.io/v1beta1', 'CSINode', 17, 22, 'v1'],
  ['storage.k8s.io/v1beta1', 'CSIStorageCapacity', 24, 27, 'v1'],
  ['storage.k8s.io/v1beta1', 'VolumeAttributesClass', 34, 37, 'v1'],
  ['storagemigration.k8s.io/v1alpha1', 'StorageVersionMigration', 33, 36, 'v1'],
  ['storagemigration.k8s.io/v1beta1', 'StorageVersionMigration', 37, 40, 'v1'],
  ['v1', 'Endpoints', 33, undefined, 'EndpointSlice of discovery.k8s.io/v1'],
];

/** Every API version of Kubernetes' own that is given up, or soon will be. */
export const RETIREMENTS: readonly Retirement[] = ROWS.map(
  ([apiVersion, kinds, deprecated, removed, instead]) => ({
    apiVersion,
    kinds: kinds.split(' '),
    deprecated,
    removed,
    instead: /^v\d\w*$/.test(instead) ? `${apiVersion.split('/')[0]}/${instead}` : instead,
  }),
);
