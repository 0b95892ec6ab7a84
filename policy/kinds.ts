/** A kind of objects, as API and discovery name it. */
export interface Kind {
  /** Empty for the core group. */
  group: string;
  kind: string;
  /** Plural, as in paths and admission rules. */
  resource: string;
  namespaced: boolean;
  /** Where it carries a pod spec, if it does. */
  podSpec?: readonly string[];
}

const TEMPLATE = ['spec', 'template', 'spec'];

/** The one list of kinds that controls judge: each by itself, or in the groups below. */
const KINDS = {
  pod: kind('', 'Pod', 'pods', true, ['spec']),
  podTemplate: kind('', 'PodTemplate', 'podtemplates', true, ['template', 'spec']),
  replicationController: kind('', 'ReplicationController', 'replicationcontrollers', true, TEMPLATE),
  replicaSet: kind('apps', 'ReplicaSet', 'replicasets', true, TEMPLATE),
  deployment: kind('apps', 'Deployment', 'deployments', true, TEMPLATE),
  statefulSet: kind('apps', 'StatefulSet', 'statefulsets', true, TEMPLATE),
  daemonSet: kind('apps', 'DaemonSet', 'daemonsets', true, TEMPLATE),
  job: kind('batch', 'Job', 'jobs', true, TEMPLATE),
  cronJob: kind('batch', 'CronJob', 'cronjobs', true, ['spec', 'jobTemplate', ...TEMPLATE]),
  configMap: kind('', 'ConfigMap', 'configmaps', true),
  limitRange: kind('', 'LimitRange', 'limitranges', true),
  namespace: kind('', 'Namespace', 'namespaces', false),
  persistentVolume: kind('', 'PersistentVolume', 'persistentvolumes', false),
  persistentVolumeClaim: kind('', 'PersistentVolumeClaim', 'persistentvolumeclaims', true),
  resourceQuota: kind('', 'ResourceQuota', 'resourcequotas', true),
  secret: kind('', 'Secret', 'secrets', true),
  service: kind('', 'Service', 'services', true),
  serviceAccount: kind('', 'ServiceAccount', 'serviceaccounts', true),
  clusterRole: kind('rbac.authorization.k8s.io', 'ClusterRole', 'clusterroles', false),
  clusterRoleBinding: kind('rbac.authorization.k8s.io', 'ClusterRoleBinding', 'clusterrolebindings', false),
  role: kind('rbac.authorization.k8s.io', 'Role', 'roles', true),
  roleBinding: kind('rbac.authorization.k8s.io', 'RoleBinding', 'rolebindings', true),
  ingress: kind('networking.k8s.io', 'Ingress', 'ingresses', true),
  networkPolicy: kind('networking.k8s.io', 'NetworkPolicy', 'networkpolicies', true),
  podDisruptionBudget: kind('policy', 'PodDisruptionBudget', 'poddisruptionbudgets', true),
  horizontalPodAutoscaler: kind('autoscaling', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', true),
  mutatingWebhook: kind(
    'admissionregistration.k8s.io',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    false,
  ),
  validatingWebhook: kind(
    'admissionregistration.k8s.io',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    false,
  ),
  validatingAdmissionPolicy: kind(
    'admissionregistration.k8s.io',
    'ValidatingAdmissionPolicy',
    'validatingadmissionpolicies',
    false,
  ),
  validatingAdmissionPolicyBinding: kind(
    'admissionregistration.k8s.io',
    'ValidatingAdmissionPolicyBinding',
    'validatingadmissionpolicybindings',
    false,
  ),
  // Files of a node and of kubeadm, which no API serves.
  clusterConfiguration: kind('kubeadm.k8s.io', 'ClusterConfiguration', 'clusterconfigurations', false),
  encryptionConfiguration: kind(
    'apiserver.config.k8s.io',
    'EncryptionConfiguration',
    'encryptionconfigurations',
    false,
  ),
  kubeletConfiguration: kind('kubelet.config.k8s.io', 'KubeletConfiguration', 'kubeletconfigurations', false),
  /** Every kind of the group: a constraint's is its template's. */
  constraint: kind('constraints.gatekeeper.sh', '*', '*', false),
  podMonitor: kind('monitoring.coreos.com', 'PodMonitor', 'podmonitors', true),
  serviceMonitor: kind('monitoring.coreos.com', 'ServiceMonitor', 'servicemonitors', true),
  gateway: kind('gateway.networking.k8s.io', 'Gateway', 'gateways', true),
  httpRoute: kind('gateway.networking.k8s.io', 'HTTPRoute', 'httproutes', true),
  destinationRule: kind('networking.istio.io', 'DestinationRule', 'destinationrules', true),
  istioGateway: kind('networking.istio.io', 'Gateway', 'gateways', true),
  authorizationPolicy: kind('security.istio.io', 'AuthorizationPolicy', 'authorizationpolicies', true),
  virtualService: kind('networking.istio.io', 'VirtualService', 'virtualservices', true),
  peerAuthentication: kind('security.istio.io', 'PeerAuthentication', 'peerauthentications', true),
  calicoGlobalNetworkPolicy: kind('projectcalico.org', 'GlobalNetworkPolicy', 'globalnetworkpolicies', false),
  calicoNetworkPolicy: kind('projectcalico.org', 'NetworkPolicy', 'networkpolicies', true),
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

/** Kinds that controls judge together. */
const GROUPS = {
  /** Whatever carries a pod spec. */
  podBearing: (Object.keys(KINDS) as KindName[]).filter((name) => podSpecIn(name)),
  /** What keeps pods running. */
  longRunning: ['deployment', 'statefulSet', 'daemonSet'],
  /** What keeps a number of equal pods. */
  replicated: ['deployment', 'statefulSet'],
  /** What finds its pods by labels. */
  selecting: ['replicaSet', 'deployment', 'statefulSet', 'daemonSet'],
  roles: ['role', 'clusterRole'],
  bindings: ['roleBinding', 'clusterRoleBinding'],
  webhooks: ['mutatingWebhook', 'validatingWebhook'],
  calicoPolicies: ['calicoNetworkPolicy', 'calicoGlobalNetworkPolicy'],
} as const satisfies Record<string, readonly KindName[]>;

/** Every object at all, and every one that belongs to a namespace. */
export type Scope = 'all' | 'namespaced';

/** What a control judges: a kind, a group of kinds, or a whole scope. Controls never list kinds by hand. */
export type Match = KindName | keyof typeof GROUPS | Scope;

/** The kinds of a match; undefined for a whole scope. */
export function kindsOf(match: Match): readonly Kind[] | undefined {
  if (match === 'all' || match === 'namespaced') return undefined;
  const names: readonly KindName[] = isGroup(match) ? GROUPS[match] : [match];
  return names.map((name) => KINDS[name]);
}

/** Kinds by `group/Kind`; the core group is empty: `/Pod`. */
export const KIND_BY_KEY: ReadonlyMap<string, Kind> = new Map(
  Object.values(KINDS).map((each) => [`${each.group}/${each.kind}`, each]),
);

function isGroup(match: string): match is keyof typeof GROUPS {
  return match in GROUPS;
}

function podSpecIn(name: KindName): boolean {
  return KINDS[name].podSpec !== undefined;
}

function kind(
  group: string,
  name: string,
  resource: string,
  namespaced: boolean,
  podSpec?: readonly string[],
): Kind {
  return { group, kind: name, resource, namespaced, ...(podSpec ? { podSpec } : {}) };
}
