import type { Api } from './api';

/** Zones and workers per zone of a plane: three control-plane nodes and six workers. */
const ZONES = ['zone-a', 'zone-b', 'zone-c'];
const WORKERS_PER_ZONE = 2;
const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

/** Registers what a provisioned cluster has before any program runs: nodes and a default storage class. */
export async function seedCluster(api: Api, version: string): Promise<void> {
  const nodes = ZONES.flatMap((zone) => [
    node(`control-plane-${zone.slice(-1)}`, zone, version, { cpu: '4', memory: '16Gi' }, true),
    ...Array.from({ length: WORKERS_PER_ZONE }, (_, index) =>
      node(`worker-${zone.slice(-1)}${index + 1}`, zone, version, { cpu: '16', memory: '64Gi' }, false),
    ),
  ]);
  await Promise.all([
    ...nodes.map(async (object) => {
      const path = `/api/v1/nodes/${object.metadata.name}`;
      await api.apply(path, object);
      await api.apply(`${path}/status`, object);
    }),
    api.apply('/apis/storage.k8s.io/v1/storageclasses/standard', {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: {
        name: 'standard',
        annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
      },
      provisioner: 'csi.sandbox.local',
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'Immediate',
      allowVolumeExpansion: true,
    }),
  ]);
}

function node(
  name: string,
  zone: string,
  version: string,
  size: { cpu: string; memory: string },
  controlPlane: boolean,
): { metadata: { name: string } } {
  const resources = { ...size, pods: '110', 'ephemeral-storage': '100Gi' };
  const object = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': controlPlane ? 'control.large' : 'worker.4xlarge',
        'topology.kubernetes.io/region': 'sandbox',
        'topology.kubernetes.io/zone': zone,
        [controlPlane ? CONTROL_PLANE : 'node-role.kubernetes.io/worker']: '',
      },
    },
    spec: { taints: controlPlane ? [{ key: CONTROL_PLANE, effect: 'NoSchedule' }] : [] },
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [{ type: 'Hostname', address: name }],
      nodeInfo: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        kubeletVersion: version,
        kubeProxyVersion: '',
        containerRuntimeVersion: 'kwok://simulated',
        kernelVersion: 'simulated',
        osImage: 'simulated',
        bootID: '',
        machineID: '',
        systemUUID: '',
      },
    },
  };
  return object;
}
