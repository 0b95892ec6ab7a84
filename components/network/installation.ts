import type { Settings } from '../../stacks/schema';
import { pullSecrets } from '../foundation/scheduling';
import { mergeValues, type Values } from '../foundation/values';

/** Namespace that the operator makes for Calico itself. */
export const CALICO_NAMESPACE = 'calico-system';

/** What the operator calls the providers; it looks for itself where none is named. */
const PROVIDERS = { eks: 'EKS', gke: 'GKE', aks: 'AKS' } as const;

/**
 * Spec of Calico's Installation (operator.tigera.io/v1), over which the stack's `network.values.installation` is
 * laid. On a cloud's own network Calico enforces policies only: its pod network would stand over another CNI.
 */
export function installationSpec({ availability, cluster, images, network }: Settings): Values {
  const spec = {
    variant: 'Calico',
    ...(cluster.provider === 'generic'
      ? { cni: { type: 'Calico', ipam: { type: 'Calico' } } }
      : { kubernetesProvider: PROVIDERS[cluster.provider] }),
    calicoNetwork: {
      ...(network.mtu === undefined ? {} : { mtu: network.mtu }),
      ...(cluster.provider === 'generic'
        ? {
            bgp: network.bgp ? 'Enabled' : 'Disabled',
            ipPools: [podPool(cluster.podCidr, network.encapsulation)],
          }
        : { bgp: 'Disabled' }),
    },
    controlPlaneReplicas: availability.replicas,
    nodeUpdateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
    // Both serve only the sidecars of Calico's application layer policies, and write to the nodes' disks.
    flexVolumePath: 'None',
    kubeletVolumePluginPath: 'None',
    calicoNodeDaemonSet: withResources('calico-node', '150m', '192Mi', '1Gi'),
    typhaDeployment: withResources('calico-typha', '100m', '96Mi', '512Mi'),
    calicoKubeControllersDeployment: withResources('calico-kube-controllers', '20m', '64Mi', '512Mi'),
    imagePullSecrets: pullSecrets({ images }),
    ...(images.registry ? { registry: `${images.registry}/` } : {}),
  };
  return mergeValues(spec, installationOverrides(network.values));
}

/** Spec of the PodMonitor of Felix, whose metrics are on port 9091 of each node. */
export function felixMonitorSpec(interval: string): Values {
  const relabelings = [
    { sourceLabels: ['__meta_kubernetes_pod_container_name'], action: 'keep', regex: 'calico-node' },
    {
      sourceLabels: ['__meta_kubernetes_pod_ip'],
      action: 'replace',
      regex: '(.+)',
      targetLabel: '__address__',
      replacement: '$1:9091',
    },
  ];
  return {
    namespaceSelector: { matchNames: [CALICO_NAMESPACE] },
    selector: { matchLabels: { 'k8s-app': 'calico-node' } },
    podMetricsEndpoints: [{ interval, relabelings }],
  };
}

/** Spec of the APIServer, which with native v3 CRDs is the webhook that guards Calico's policies and tiers. */
export function apiServerSpec(): Values {
  return { calicoWebhooksDeployment: withResources('calico-webhooks', '20m', '64Mi', '256Mi') };
}

/**
 * Spec of a GlobalNetworkPolicy that denies pods everything but DNS unless another policy allows it, in every
 * namespace except `exempt` and the cluster's own (kube-*). Hosts, and so the API server, are not touched.
 */
export function defaultDenySpec(exempt: string[]): Values {
  const names = exempt.map((name) => `"${name}"`).join(', ');
  const dns = (protocol: 'UDP' | 'TCP'): Values => ({
    action: 'Allow',
    protocol,
    destination: { namespaceSelector: 'projectcalico.org/name == "kube-system"', ports: [53] },
  });
  return {
    // Stated although they are defaults: what fills them in elsewhere is left out here (docs/adr/0003).
    tier: 'default',
    types: ['Ingress', 'Egress'],
    // After every policy that allows something; those of Kubernetes have 1000.
    order: 100_000,
    // Without has(), endpoints that have no namespace would match: the hosts themselves.
    namespaceSelector:
      'has(projectcalico.org/name) && !(projectcalico.org/name starts with "kube-")' +
      ` && projectcalico.org/name not in {${names}}`,
    egress: [dns('UDP'), dns('TCP')],
  };
}

/** Every field, those with a default too: the operator writes defaults into the list, which would be a difference. */
function podPool(cidr: string, encapsulation: string): Values {
  const ipv6 = cidr.includes(':');
  return {
    name: `default-ipv${ipv6 ? '6' : '4'}-ippool`,
    cidr,
    encapsulation,
    natOutgoing: 'Enabled',
    nodeSelector: 'all()',
    blockSize: ipv6 ? 122 : 26,
    assignmentMode: 'Automatic',
    allowedUses: ['Workload', 'Tunnel'],
    disableBGPExport: false,
    disableNewAllocations: false,
  };
}

function withResources(name: string, cpu: string, memory: string, memoryLimit: string): Values {
  const resources = { requests: { cpu, memory }, limits: { memory: memoryLimit } };
  return { spec: { template: { spec: { containers: [{ name, resources }] } } } };
}

/** What the stack lays over the Installation; the chart's own switch is not one of its fields. */
function installationOverrides(values: Values | undefined): Values {
  const overrides = Object.entries((values?.installation ?? {}) as Values);
  return Object.fromEntries(overrides.filter(([key]) => key !== 'enabled'));
}
