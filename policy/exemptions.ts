import type { Exemption } from './exemption';

const OWNER = 'platform';
/** The next review of what charts leave no choice in. */
const REVIEW = '2027-05-31';

/** Every exemption of the platform's own objects. What a value of the chart can mend has no place here. */
export const EXEMPTIONS: readonly Exemption[] = [
  {
    controls: [
      'drop-all-capabilities',
      'no-host-network',
      'no-host-path',
      'no-privilege-escalation',
      'non-root',
      'read-only-root-filesystem',
      'required-labels',
      'restricted-volume-types',
      'seccomp-profile',
    ],
    object: { kind: 'Deployment', namespace: 'tigera-operator', name: 'tigera-operator' },
    component: 'network',
    reason:
      'It brings the pod network up, so it runs on the network of the node; the chart sets none of the rest.',
    owner: OWNER,
    expires: REVIEW,
  },
  {
    controls: [
      'drop-all-capabilities',
      'no-host-network',
      'no-privilege-escalation',
      'non-root',
      'read-only-root-filesystem',
      'required-labels',
      'resource-limits',
      'seccomp-profile',
    ],
    object: { kind: 'Job', namespace: 'tigera-operator', name: 'tigera-operator-uninstall' },
    component: 'network',
    reason:
      'The hook takes the pod network down, so it runs on the network of the node; the chart sets none of the rest.',
    owner: OWNER,
    expires: REVIEW,
  },
  {
    controls: [
      'allowed-apparmor-profiles',
      'default-capabilities',
      'drop-all-capabilities',
      'no-host-path',
      'non-root',
      'read-only-root-filesystem',
      'restricted-volume-types',
      'seccomp-profile',
    ],
    object: { kind: 'DaemonSet', namespace: 'falco', name: 'falco' },
    component: 'runtimeSecurity',
    reason:
      "It loads its probe into the kernel as root, unconfined, reads the node's files and runtime sockets, and keeps the rules that it was started with beside its binary.",
    owner: OWNER,
    expires: REVIEW,
  },
  {
    controls: [
      'allowed-apparmor-profiles',
      'default-capabilities',
      'drop-all-capabilities',
      'no-host-path',
      'no-privilege-escalation',
      'non-root',
      'read-only-root-filesystem',
      'restricted-volume-types',
    ],
    object: { kind: 'DaemonSet', namespace: 'istio-cni', name: 'istio-cni-node' },
    component: 'mesh',
    reason:
      "It writes its plug-in and configuration into the node's CNI folders, which belong to root, and enters the network namespaces of pods.",
    owner: OWNER,
    expires: REVIEW,
  },
  {
    controls: ['no-host-path', 'non-root', 'restricted-volume-types'],
    object: { kind: 'DaemonSet', namespace: 'velero', name: 'node-agent' },
    component: 'backup',
    reason: "It reads every pod's volumes in the node's folders of them, which belong to any user.",
    owner: OWNER,
    expires: REVIEW,
  },
  {
    controls: [
      'no-host-namespaces',
      'no-host-network',
      'no-host-path',
      'no-host-ports',
      'restricted-volume-types',
    ],
    object: {
      kind: 'DaemonSet',
      namespace: 'node-exporter',
      name: 'kube-prometheus-stack-prometheus-node-exporter',
    },
    component: 'observability',
    reason:
      'It reports on the network, the processes and the files of the node, which it sees from there only.',
    owner: OWNER,
    expires: REVIEW,
  },
  {
    controls: ['resource-limits'],
    object: {
      kind: 'Job',
      namespace: 'gatekeeper-system',
      name: 'gatekeeper-probe-webhook-post-install',
    },
    component: 'policy',
    reason: "The hook's chart sets none; the LimitRange of the namespace gives it the defaults on arrival.",
    owner: OWNER,
    expires: REVIEW,
  },
  ...[
    { kind: 'Deployment', namespace: 'argocd', name: 'argocd-redis-ha-haproxy' },
    { kind: 'StatefulSet', namespace: 'argocd', name: 'argocd-redis-ha-server' },
  ].map((object) => ({
    controls: ['required-labels'],
    object,
    component: 'delivery',
    optional: 'Redis is one pod where there are fewer than three replicas.',
    reason: 'The subchart labels its pods, but not what makes them, and has no value for it.',
    owner: OWNER,
    expires: REVIEW,
  })),
];
