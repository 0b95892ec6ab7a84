import type { Exemption } from '../exemption';
import { exemptions } from './entry';

/** What works on nodes, and so has power over them: the pod network, the mesh's agent, detection, metrics, backups. */
export const AGENTS: readonly Exemption[] = [
  ...exemptions({
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
  }),
  ...exemptions({
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
  }),
  ...exemptions({
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
  }),
  ...exemptions({
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
  }),
  ...exemptions({
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
  }),
  ...exemptions({
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
  }),
  ...(
    [
      ['network', 'tigera-operator'],
      ['mesh', 'istio-cni'],
      ['observability', 'node-exporter'],
      ['runtimeSecurity', 'falco'],
      ['backup', 'velero'],
    ] as const
  ).flatMap(([component, namespace]) =>
    exemptions({
      objects: [`Namespace ${namespace}`],
      controls: ['policy-engine', 'privileged-namespaces'],
      component,
      reason:
        'Its node agents need what the level privileged alone lets in; where a stack only warns at admission, nothing else judges them.',
    }),
  ),
];
