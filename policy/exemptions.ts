import { exemptionsOf, type Entry } from './exemption';

const OWNER = 'platform';
/** The next review of what charts leave no choice in. */
const REVIEW = '2027-05-31';

/** What a role breaks that changes objects of whatever kind. */
const OVER_ANY_KIND = [
  'no-role-approves-certificates',
  'no-role-changes-admission',
  'no-role-covers-tracks',
  'no-role-enters-pods',
  'no-role-makes-pods',
  'no-role-reaches-kubelets',
  'no-role-reads-secrets',
  'no-role-redirects-services',
  'no-role-relabels-namespaces',
  'no-role-wildcards',
  'no-role-writes-roles',
];

const OF_AGENTS =
  'Its node agents need what the level privileged alone lets in; where a stack only warns at admission, nothing else judges them.';
const OF_ACCOUNTS = 'Its pods are an operator, whose roles are exempt one by one, each with its reason.';
const REDIS_PASSWORD =
  'The chart hands the password of Redis, which is a cache, to both of its sides in variables only.';
const ONE_REDIS = 'With fewer than three replicas Redis is one pod, with them it is a set behind a proxy.';
const BY_THE_API = 'What it does it does by the API, which it can ask only with the token of its account.';
const NO_VALUE = 'The chart has no value that keeps the token of the account out of pods by default.';
const BY_OPERATOR = 'Its operator makes it, on the cluster: no preview sees it.';

const ENTRIES: readonly Entry[] = [
  // What works on nodes, and so has power over them: the pod network, the mesh's agent, detection, metrics, backups.
  {
    objects: ['Deployment tigera-operator/tigera-operator'],
    controls: [
      'drop-all-capabilities',
      'drop-net-raw',
      'liveness-probe',
      'no-control-plane-scheduling',
      'no-host-network',
      'no-host-path',
      'no-privilege-escalation',
      'non-root',
      'read-only-root-filesystem',
      'readiness-probe',
      'required-labels',
      'restricted-volume-types',
      'seccomp-profile',
      'security-contexts',
    ],
    component: 'network',
    reason:
      'It brings the pod network up, so it runs on the network of any node, the first ones included; the chart sets none of the rest.',
  },
  {
    objects: ['Job tigera-operator/tigera-operator-uninstall'],
    controls: [
      'drop-all-capabilities',
      'drop-net-raw',
      'ephemeral-storage',
      'job-limits',
      'no-control-plane-scheduling',
      'no-host-network',
      'no-privilege-escalation',
      'non-root',
      'priority-class',
      'read-only-root-filesystem',
      'required-labels',
      'resource-limits',
      'seccomp-profile',
      'security-contexts',
    ],
    component: 'network',
    reason:
      'The hook takes the pod network down, so it runs on the network of any node; the chart sets none of the rest.',
  },
  {
    objects: ['DaemonSet falco/falco'],
    controls: [
      'allowed-apparmor-profiles',
      'default-capabilities',
      'drop-all-capabilities',
      'no-control-plane-scheduling',
      'no-dangerous-capabilities',
      'no-host-path',
      'no-runtime-sockets',
      'no-writable-node-paths',
      'non-root',
      'read-only-root-filesystem',
      'restricted-volume-types',
      'seccomp-profile',
    ],
    component: 'runtimeSecurity',
    reason:
      "On every node it loads its probe into the kernel as root, unconfined, reads the node's files and runtime sockets, and keeps the rules that it was started with beside its binary.",
  },
  {
    objects: ['DaemonSet istio-cni/istio-cni-node'],
    controls: [
      'allowed-apparmor-profiles',
      'default-capabilities',
      'drop-all-capabilities',
      'drop-net-raw',
      'high-user-ids',
      'liveness-probe',
      'no-control-plane-scheduling',
      'no-dangerous-capabilities',
      'no-host-path',
      'no-privilege-escalation',
      'no-writable-node-paths',
      'non-root',
      'read-only-root-filesystem',
      'restricted-volume-types',
      'security-contexts',
    ],
    component: 'mesh',
    reason:
      "On every node it writes its plug-in and configuration into the CNI folders, which belong to root, and enters the network namespaces of pods; the chart has no value for the pod's own context, nor for a liveness probe.",
  },
  {
    objects: ['DaemonSet velero/node-agent'],
    controls: [
      'high-user-ids',
      'liveness-probe',
      'no-control-plane-scheduling',
      'no-host-path',
      'no-writable-node-paths',
      'non-root',
      'readiness-probe',
      'restricted-volume-types',
    ],
    component: 'backup',
    reason:
      "On every node it reads and restores every pod's volumes in the node's folders of them, which belong to any user; it has nothing that a probe could ask.",
  },
  {
    objects: ['DaemonSet node-exporter/kube-prometheus-stack-prometheus-node-exporter'],
    controls: [
      'no-control-plane-scheduling',
      'no-host-namespaces',
      'no-host-network',
      'no-host-path',
      'no-host-ports',
      'no-runtime-sockets',
      'restricted-volume-types',
    ],
    component: 'observability',
    reason:
      'It reports on the network, the processes and the files of every node, which it sees from there only.',
  },
  {
    objects: ['Namespace tigera-operator'],
    controls: ['policy-engine', 'privileged-namespaces'],
    component: 'network',
    reason: OF_AGENTS,
  },
  {
    objects: ['Namespace istio-cni'],
    controls: ['policy-engine', 'privileged-namespaces'],
    component: 'mesh',
    reason: OF_AGENTS,
  },
  {
    objects: ['Namespace node-exporter'],
    controls: ['policy-engine', 'privileged-namespaces'],
    component: 'observability',
    reason: OF_AGENTS,
  },
  {
    objects: ['Namespace falco'],
    controls: ['policy-engine', 'privileged-namespaces'],
    component: 'runtimeSecurity',
    reason: OF_AGENTS,
  },
  {
    objects: ['Namespace velero'],
    controls: ['policy-engine', 'privileged-namespaces'],
    component: 'backup',
    reason: OF_AGENTS,
  },

  // What a chart fixes and has no value for, or what its software can't do without.
  {
    objects: ['Job gatekeeper-system/gatekeeper-probe-webhook-post-install'],
    controls: [
      'ephemeral-storage',
      'job-limits',
      'no-default-service-account',
      'no-token-automount',
      'resource-limits',
      'security-contexts',
    ],
    component: 'policy',
    reason:
      "The hook's chart sets none; the LimitRange of the namespace gives it limits on arrival, the account is granted nothing, and Helm ends its wait for it.",
  },
  {
    objects: ['Job cert-manager/cert-manager-startupapicheck'],
    controls: ['job-limits'],
    component: 'certificates',
    reason: 'The hook has a timeout of its own and four tries; the chart has no value for a deadline.',
  },
  {
    objects: ['Deployment cert-manager/cert-manager', 'Deployment cert-manager/cert-manager-cainjector'],
    controls: ['readiness-probe'],
    component: 'certificates',
    reason: 'Nobody sends them requests, and the chart has no value for the probe.',
  },
  {
    objects: ['Deployment cert-manager/cert-manager-cainjector'],
    controls: ['liveness-probe'],
    component: 'certificates',
    reason: 'It answers nothing that a probe could ask, and the chart has no value for one.',
  },
  {
    objects: ['Deployment istio-system/istiod'],
    controls: ['liveness-probe', 'security-contexts'],
    component: 'mesh',
    reason:
      'The chart has no value for either: all of the context is on the container, and where it hangs, its readiness takes it out of service.',
  },
  {
    objects: ['Deployment istio-ingress/istio-ingress'],
    controls: ['fully-qualified-images', 'liveness-probe', 'no-mutable-tags'],
    component: 'mesh',
    reason:
      "Its container is a gap that istiod's injector fills in, image and probes included: in the pods there are both.",
  },
  {
    objects: ['Service istio-ingress/istio-ingress'],
    controls: ['restricted-load-balancers'],
    component: 'mesh',
    reason:
      'It is the one way in from the Internet; a stack that wants it internal says so in mesh.gateway.annotations.',
  },
  {
    objects: [
      'ValidatingWebhookConfiguration istio-validator-istio-system',
      'ValidatingWebhookConfiguration istiod-default-validator',
    ],
    controls: ['webhook-safety'],
    component: 'mesh',
    reason: 'They fail open until istiod answers, which then has them fail closed.',
  },
  {
    objects: [
      'MutatingWebhookConfiguration kube-prometheus-stack-admission',
      'ValidatingWebhookConfiguration kube-prometheus-stack-admission',
    ],
    controls: ['webhook-safety'],
    component: 'observability',
    reason:
      "The operator refuses a bad rule by itself, and a webhook that is down must not hold up every other chart's rules.",
  },
  {
    objects: ['ValidatingWebhookConfiguration gatekeeper-validating-webhook-configuration'],
    controls: ['webhook-safety'],
    component: 'policy',
    reason:
      'A stack with a single pod of it lets changes pass while that restarts (policy.failurePolicy); the API server enforces by itself.',
  },
  {
    objects: ['Deployment monitoring/kube-prometheus-stack-grafana'],
    controls: ['liveness-probe', 'readiness-probe', 'secrets-as-files'],
    component: 'observability',
    reason:
      'The chart has one probe for all sidecars, which each listen on a port of their own, and hands them the password for reloads in variables.',
  },
  {
    objects: ['Deployment velero/velero'],
    controls: ['rolling-update'],
    component: 'backup',
    reason: 'Two servers at once would both run a backup that is due; the chart says Recreate.',
  },
  {
    objects: ['StatefulSet argocd/argocd-application-controller'],
    controls: ['liveness-probe', 'statefulset-service'],
    component: 'delivery',
    reason: 'Nobody asks its pods by name, and the chart has neither the Service nor a value for the probe.',
  },
  {
    objects: [
      'Deployment argocd/argocd-repo-server',
      'Deployment argocd/argocd-server',
      'StatefulSet argocd/argocd-application-controller',
    ],
    controls: ['secrets-as-files'],
    component: 'delivery',
    reason: REDIS_PASSWORD,
  },
  {
    objects: [
      'Deployment argocd/argocd-redis',
      'Deployment argocd/argocd-redis-ha-haproxy',
      'StatefulSet argocd/argocd-redis-ha-server',
    ],
    controls: ['secrets-as-files'],
    component: 'delivery',
    optional: ONE_REDIS,
    reason: REDIS_PASSWORD,
  },
  {
    objects: ['Deployment argocd/argocd-redis-ha-haproxy'],
    controls: ['patient-liveness'],
    component: 'delivery',
    optional: ONE_REDIS,
    reason: "The subchart's probes are fixed; they ask the proxy itself, not what is behind it.",
  },
  {
    objects: ['Deployment argocd/argocd-redis-ha-haproxy', 'StatefulSet argocd/argocd-redis-ha-server'],
    controls: ['required-labels'],
    component: 'delivery',
    optional: ONE_REDIS,
    reason: 'The subchart labels its pods, but not what makes them, and has no value for it.',
  },
  {
    objects: [
      'PodDisruptionBudget argocd/argocd-applicationset-controller',
      'PodDisruptionBudget argocd/argocd-repo-server',
      'PodDisruptionBudget argocd/argocd-server',
    ],
    controls: ['evict-unhealthy-pods'],
    component: 'delivery',
    optional: 'A single replica has no budget.',
    reason: 'The chart writes the budget, and has no value for it.',
  },
  {
    objects: ['PodDisruptionBudget gatekeeper-system/gatekeeper-controller-manager'],
    controls: ['evict-unhealthy-pods'],
    component: 'policy',
    reason: 'The chart always writes the budget, and has no value for it.',
  },

  // What operators may do because it is their work. Each role is bound to the account of one of them.
  {
    objects: ['ClusterRole argocd-application-controller'],
    controls: [...OVER_ANY_KIND, 'no-role-escalates', 'no-role-makes-tokens', 'no-role-makes-volumes'],
    component: 'delivery',
    reason:
      'It makes whatever repositories declare, of any kind; the project says which kinds, from where and into which namespaces.',
  },
  {
    objects: ['ClusterRole argocd-server'],
    controls: OVER_ANY_KIND,
    component: 'delivery',
    reason:
      'It shows, patches and deletes objects of any kind for whom its own roles let; terminals are off, and Secrets are shown without their values.',
  },
  {
    objects: [
      'Role argocd/argocd-application-controller',
      'Role argocd/argocd-applicationset-controller',
      'Role argocd/argocd-server',
    ],
    controls: ['no-role-reads-secrets'],
    component: 'delivery',
    reason: 'It keeps credentials of repositories and clusters in Secrets of its namespace, found by label.',
  },
  {
    objects: ['ClusterRole cert-manager-cainjector'],
    controls: ['no-role-changes-admission', 'no-role-reads-secrets'],
    component: 'certificates',
    reason:
      'It copies the CA out of the Secrets that webhooks name into the configurations of those webhooks.',
  },
  {
    objects: [
      'ClusterRole cert-manager-controller-certificates',
      'ClusterRole cert-manager-controller-clusterissuers',
      'ClusterRole cert-manager-controller-issuers',
      'ClusterRole cert-manager-controller-orders',
    ],
    controls: ['no-role-reads-secrets'],
    component: 'certificates',
    reason: 'It keeps the keys of certificates and accounts in Secrets that any namespace may name.',
  },
  {
    objects: ['ClusterRole cert-manager-controller-challenges'],
    controls: ['no-role-makes-pods', 'no-role-reads-secrets'],
    component: 'certificates',
    reason: 'It makes the pods that answer an ACME server, and reads credentials of DNS providers.',
  },
  {
    objects: ['ClusterRole gatekeeper-manager-role'],
    controls: [
      'no-role-changes-admission',
      'no-role-enters-pods',
      'no-role-reaches-kubelets',
      'no-role-reads-secrets',
      'no-role-wildcards',
    ],
    component: 'policy',
    reason:
      'Audit reads every object of every kind that a constraint may name, and it serves a kind for each template.',
  },
  {
    objects: ['Role gatekeeper-system/gatekeeper-manager-role'],
    controls: ['no-role-reads-secrets'],
    component: 'policy',
    reason: 'It makes and renews the certificate of its webhook, in a Secret of its own namespace.',
  },
  {
    objects: ['ClusterRole istiod-clusterrole-istio-system'],
    controls: [
      'no-role-changes-admission',
      'no-role-covers-tracks',
      'no-role-reads-secrets',
      'no-role-redirects-services',
      'no-role-wildcards',
    ],
    component: 'mesh',
    reason:
      "It fills in the CA of its webhooks, puts the mesh's root certificate into a ConfigMap of every namespace, serves the certificates that Gateways name, and writes the state of routes.",
  },
  {
    objects: ['Role istio-system/istiod'],
    controls: ['no-role-reads-secrets'],
    component: 'mesh',
    reason: "The mesh's CA keeps its key in a Secret of its own namespace.",
  },
  {
    objects: ['Role istio-ingress/istio-ingress'],
    controls: ['no-role-reads-secrets'],
    component: 'mesh',
    reason: 'istiod hands a certificate only to a proxy whose account may read the Secrets of its namespace.',
  },
  {
    objects: ['ClusterRole kube-prometheus-stack-operator'],
    controls: [
      'no-role-covers-tracks',
      'no-role-makes-pods',
      'no-role-reads-secrets',
      'no-role-redirects-services',
      'no-role-wildcards',
    ],
    component: 'observability',
    reason:
      'It makes the StatefulSets, Services, configuration and credentials of every Prometheus and Alertmanager, and keeps the endpoints of kubelets.',
  },
  {
    objects: ['ClusterRole tigera-operator'],
    controls: [
      'no-role-changes-admission',
      'no-role-covers-tracks',
      'no-role-escalates',
      'no-role-makes-pods',
      'no-role-reads-secrets',
      'no-role-redirects-services',
      'no-role-relabels-namespaces',
      'no-role-writes-roles',
    ],
    component: 'network',
    reason:
      'It makes all of Calico: namespaces, workloads, their accounts and roles, certificates and the webhook of its policies.',
  },
  {
    objects: ['ClusterRoleBinding velero-cluster-admin'],
    controls: ['no-cluster-admin-binding'],
    component: 'backup',
    reason:
      'It reads every object to back it up and makes any again, roles and bindings included, which takes every right that those hold.',
  },

  // Accounts whose rights those roles are.
  {
    objects: ['ServiceAccount tigera-operator/tigera-operator'],
    controls: ['permission-budget'],
    component: 'network',
    reason: OF_ACCOUNTS,
  },
  {
    objects: [
      'ServiceAccount cert-manager/cert-manager',
      'ServiceAccount cert-manager/cert-manager-cainjector',
    ],
    controls: ['permission-budget'],
    component: 'certificates',
    reason: OF_ACCOUNTS,
  },
  {
    objects: ['ServiceAccount istio-system/istiod'],
    controls: ['permission-budget'],
    component: 'mesh',
    reason: OF_ACCOUNTS,
  },
  {
    objects: ['ServiceAccount gatekeeper-system/gatekeeper-admin'],
    controls: ['permission-budget'],
    component: 'policy',
    reason: OF_ACCOUNTS,
  },
  {
    objects: ['ServiceAccount monitoring/kube-prometheus-stack-operator'],
    controls: ['permission-budget'],
    component: 'observability',
    reason: OF_ACCOUNTS,
  },
  {
    objects: ['ServiceAccount argocd/argocd-application-controller', 'ServiceAccount argocd/argocd-server'],
    controls: ['permission-budget'],
    component: 'delivery',
    reason: OF_ACCOUNTS,
  },
  {
    objects: ['ServiceAccount velero/velero-server'],
    controls: ['permission-budget'],
    component: 'backup',
    reason: OF_ACCOUNTS,
  },

  // Pods that get the token of their account, since they work by the API.
  {
    objects: ['Deployment tigera-operator/tigera-operator', 'Job tigera-operator/tigera-operator-uninstall'],
    controls: ['no-token-automount'],
    component: 'network',
    reason: BY_THE_API,
  },
  {
    objects: [
      'Deployment cert-manager/cert-manager',
      'Deployment cert-manager/cert-manager-cainjector',
      'Deployment cert-manager/cert-manager-webhook',
      'Job cert-manager/cert-manager-startupapicheck',
    ],
    controls: ['no-token-automount'],
    component: 'certificates',
    reason: BY_THE_API,
  },
  {
    objects: ['Deployment metrics-server/metrics-server'],
    controls: ['no-token-automount'],
    component: 'metrics',
    reason: BY_THE_API,
  },
  {
    objects: ['Deployment istio-system/istiod', 'DaemonSet istio-cni/istio-cni-node'],
    controls: ['no-token-automount'],
    component: 'mesh',
    reason: BY_THE_API,
  },
  {
    objects: [
      'Deployment gatekeeper-system/gatekeeper-audit',
      'Deployment gatekeeper-system/gatekeeper-controller-manager',
    ],
    controls: ['no-token-automount'],
    component: 'policy',
    reason: BY_THE_API,
  },
  {
    objects: [
      'Deployment monitoring/kube-prometheus-stack-grafana',
      'Deployment monitoring/kube-prometheus-stack-kube-state-metrics',
      'Deployment monitoring/kube-prometheus-stack-operator',
    ],
    controls: ['no-token-automount'],
    component: 'observability',
    reason: BY_THE_API,
  },
  {
    objects: [
      'Deployment argocd/argocd-applicationset-controller',
      'Deployment argocd/argocd-server',
      'StatefulSet argocd/argocd-application-controller',
    ],
    controls: ['no-token-automount'],
    component: 'delivery',
    reason: BY_THE_API,
  },
  {
    objects: ['Deployment velero/velero', 'DaemonSet velero/node-agent'],
    controls: ['no-token-automount'],
    component: 'backup',
    reason: BY_THE_API,
  },

  // Accounts, and pods that need no token, whose charts have no value for it.
  {
    objects: ['ServiceAccount tigera-operator/tigera-operator'],
    controls: ['no-token-automount'],
    component: 'network',
    reason: NO_VALUE,
  },
  {
    objects: ['ServiceAccount metrics-server/metrics-server'],
    controls: ['no-token-automount'],
    component: 'metrics',
    reason: NO_VALUE,
  },
  {
    objects: [
      'ServiceAccount istio-cni/istio-cni',
      'ServiceAccount istio-ingress/istio-ingress',
      'ServiceAccount istio-system/istiod',
      'Deployment istio-ingress/istio-ingress',
    ],
    controls: ['no-token-automount'],
    component: 'mesh',
    reason: NO_VALUE,
  },
  {
    objects: ['ServiceAccount gatekeeper-system/gatekeeper-admin'],
    controls: ['no-token-automount'],
    component: 'policy',
    reason: NO_VALUE,
  },
  {
    objects: ['ServiceAccount falco/falco', 'DaemonSet falco/falco'],
    controls: ['no-token-automount'],
    component: 'runtimeSecurity',
    reason: NO_VALUE,
  },
  {
    objects: ['ServiceAccount velero/velero-server'],
    controls: ['no-token-automount'],
    component: 'backup',
    // Its one value is that of the pods, too, which need the token.
    reason: NO_VALUE,
  },
  {
    objects: ['ServiceAccount argocd/argocd-redis-ha', 'ServiceAccount argocd/argocd-redis-ha-haproxy'],
    controls: ['no-token-automount'],
    component: 'delivery',
    optional: ONE_REDIS,
    reason: NO_VALUE,
  },

  // What operators make at run time, and what is fixed in it; facts of each are in `test/fixtures/operated/`.
  {
    objects: ['StatefulSet monitoring/prometheus-kube-prometheus-stack-prometheus'],
    controls: ['no-token-automount'],
    component: 'observability',
    optional: BY_OPERATOR,
    reason: 'It finds what it scrapes by the API, which it can ask only with the token of its account.',
  },
  {
    objects: ['ClusterRole calico-kube-controllers'],
    controls: ['no-role-redirects-services'],
    component: 'network',
    optional: BY_OPERATOR,
    reason: 'It gives Services of the type LoadBalancer their addresses.',
  },
  {
    objects: ['ValidatingWebhookConfiguration api.projectcalico.org'],
    controls: ['webhook-safety'],
    component: 'network',
    optional: BY_OPERATOR,
    reason:
      'The webhook that guards policies fails closed; of the two that do not, one logs, and one keeps people from an object that Calico itself writes.',
  },
];

/** Every exemption of the platform's own objects. What a value of the chart can mend has no place here. */
export const EXEMPTIONS = ENTRIES.flatMap((entry) =>
  exemptionsOf({ owner: OWNER, expires: REVIEW, ...entry }),
);
