import type { StackControl } from '../../control';
import { DENY_ALL, globalPolicy } from '../../parts/network-samples';
import type { KubernetesObject } from '../../objects';
import { object, sample, workload } from '../../samples';

const agent = (kind: string, name: string): KubernetesObject => {
  const { metadata, ...rest } = workload(kind);
  return { ...rest, metadata: { ...metadata, name, namespace: 'kube-system' } };
};

export const control: StackControl = {
  scope: 'stack',
  id: 'network-policies-enforced',
  covers: ['NET-15'],
  title: 'Something enforces the network policies',
  why: 'The API server takes NetworkPolicies from anybody and enforces none: without a network that does, they are text.',
  severity: 'high',
  cis: [{ section: '5.3.1', heuristic: true }],
  nsa: 'Network policies',
  parameters: {
    agents: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      description: 'Names of the DaemonSets and Deployments that enforce them, or install what does.',
      default: [
        'antrea-agent',
        'calico-node',
        'canal',
        'cilium',
        'cilium-operator',
        'kube-router',
        'ovnkube-node',
        'tigera-operator',
      ],
    },
    byCluster: {
      type: 'boolean',
      description: 'Whether the network that the cluster comes with enforces them.',
      default: false,
    },
  },
  remediation:
    'Install Calico, Cilium or another network that enforces them, or say byCluster where the cluster does.',
  judge: (stack, { agents, byCluster }) => {
    const installed = stack
      .of('daemonSet', 'deployment')
      .some(({ metadata }) => (agents as string[]).includes(String(metadata?.name)));
    const [first] = stack.of('networkPolicy', 'calicoPolicies', 'podBearing');
    if (installed || byCluster === true || !first) return [];
    return [{ object: first, found: 'nothing in the stack enforces network policies' }];
  },
  samples: {
    allowed: [
      sample('the operator of Calico', [
        workload('Deployment'),
        DENY_ALL,
        agent('Deployment', 'tigera-operator'),
      ]),
      sample('Cilium', [DENY_ALL, agent('DaemonSet', 'cilium')]),
      sample('another one', [DENY_ALL, agent('DaemonSet', 'netd')], { agents: ['netd'] }),
      sample('the network of the cluster', [workload('Deployment'), DENY_ALL], { byCluster: true }),
      sample('neither pods nor policies', [object('v1', 'ConfigMap')]),
      sample('nothing', []),
    ],
    denied: [
      sample('policies alone', [DENY_ALL]),
      sample('pods alone', [workload('Deployment')]),
      sample("Calico's policies alone", [globalPolicy({ types: ['Ingress'] })]),
      sample('a network that enforces none', [DENY_ALL, agent('DaemonSet', 'kube-flannel-ds')]),
      sample('the name on another kind', [
        DENY_ALL,
        object('v1', 'ConfigMap', { metadata: { name: 'cilium' } }),
      ]),
      sample('an agent that the parameters leave out', [agent('DaemonSet', 'cilium')], { agents: ['netd'] }),
    ],
  },
};
