import type { Settings } from '../../stacks/schema';
import { platformImage } from '../foundation/images';
import { PRIORITY } from '../foundation/priorities';
import { withDisk } from '../foundation/resources';
import type { Values } from '../foundation/values';
import { BACKUP_RULES } from './rules';

/** Secret with the credentials file of the bucket's provider. */
export const CREDENTIALS_SECRET = 'velero-credentials';

/** Name that the chart gives the node agent's settings. */
const NODE_AGENT_CONFIG = 'velero-node-agent';

/** What backups may hold on a node's disk on their way: indices of repositories, logs of backups. */
const SCRATCH = '8Gi';

/** Whom Velero's processes run as; its image names a user, which a kubelet cannot tell from root. */
const UID = 65532;

/**
 * Plugin of each provider. Velero 1.18 goes with 1.14 of all three: that is what its upgrade guide names
 * (https://velero.io/docs/v1.18/upgrade-to-1.18/) and what their go.mod requires.
 */
const PLUGINS = {
  aws: 'docker.io/velero/velero-plugin-for-aws:v1.14.2',
  gcp: 'docker.io/velero/velero-plugin-for-gcp:v1.14.2',
  azure: 'docker.io/velero/velero-plugin-for-microsoft-azure:v1.14.2',
} as const;

/** The managed Kubernetes whose disks the provider of the backups can snapshot. */
const DISKS = { aws: 'eks', gcp: 'gke', azure: 'aks' } as const;

const HARDENED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

/** Whether volumes are snapshotted by the provider's own API: the cluster must run in that cloud. */
export function takesSnapshots({ backup, cluster }: Settings): boolean {
  return backup.s3Url === undefined && cluster.provider === DISKS[backup.provider];
}

/** Values of the velero chart. Nothing secret is in them. */
export function veleroValues(settings: Settings): Values {
  const { backup, images, observability } = settings;
  const monitored = observability.mode !== 'off';
  return {
    image: {
      repository: platformImage('docker.io/velero/velero', settings),
      imagePullSecrets: images.pullSecret ? [images.pullSecret] : [],
    },
    // CRDs are layer zero's: no Job rewrites or removes them.
    upgradeCRDs: false,
    cleanUpCRDs: false,
    initContainers: [pluginContainer(settings)],
    // The chart's Role would grant in the namespace what the binding of ours grants everywhere.
    rbac: { create: false },
    credentials: { existingSecret: CREDENTIALS_SECRET },
    configuration: {
      backupStorageLocation: [storageLocation(settings)],
      volumeSnapshotLocation: [snapshotLocation(settings)],
      // Where no snapshot is taken, the node agent copies the files of every volume.
      defaultVolumesToFsBackup: backup.nodeAgent && !takesSnapshots(settings),
      // Kopia keeps its repositories' settings at home, and the root file system is read-only.
      extraEnvVars: [{ name: 'HOME', value: '/scratch' }],
      repositoryMaintenanceJob: {
        repositoryConfigData: { global: { keepLatestMaintenanceJobs: 1, podResources: podResources('1Gi') } },
      },
    },
    snapshotsEnabled: takesSnapshots(settings),
    podSecurityContext: {
      runAsNonRoot: true,
      runAsUser: UID,
      runAsGroup: UID,
      fsGroup: UID,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containerSecurityContext: HARDENED,
    resources: withDisk(
      { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '1Gi' } },
      SCRATCH,
    ),
    priorityClassName: PRIORITY.services,
    // It asks what the other probe asks: a busy server is to be spared longer than it is left out.
    livenessProbe: { failureThreshold: 10 },
    metrics: {
      scrapeInterval: observability.scrapeInterval,
      serviceMonitor: { enabled: monitored, autodetect: false },
      nodeAgentPodMonitor: { enabled: monitored && backup.nodeAgent, autodetect: false },
      prometheusRule: { enabled: monitored, autodetect: false, spec: BACKUP_RULES },
    },
    ...nodeAgentValues(settings),
  };
}

function pluginContainer(settings: Settings): Values {
  const { provider } = settings.backup;
  return {
    name: `velero-plugin-for-${provider}`,
    image: platformImage(PLUGINS[provider], settings),
    imagePullPolicy: 'IfNotPresent',
    volumeMounts: [{ name: 'plugins', mountPath: '/target' }],
    securityContext: HARDENED,
    resources: withDisk({
      requests: { cpu: '25m', memory: '32Mi' },
      limits: { cpu: '500m', memory: '128Mi' },
    }),
  };
}

function storageLocation({ backup }: Settings): Values {
  const { bucket, prefix, provider } = backup;
  return {
    name: 'default',
    default: true,
    provider,
    bucket,
    ...(prefix ? { prefix } : {}),
    config: bucketConfig(backup),
  };
}

function bucketConfig({ azure, provider, region, s3Url }: Settings['backup']): Record<string, string> {
  if (provider !== 'aws') return { ...azure };
  return {
    ...(region ? { region } : {}),
    ...(s3Url
      ? // Many stores other than AWS's refuse the plugin's checksums: see the plugin's README.
        { s3Url, s3ForcePathStyle: 'true', checksumAlgorithm: '' }
      : { serverSideEncryption: 'AES256' }),
  };
}

function snapshotLocation({ backup }: Settings): Values {
  const { provider, region } = backup;
  return { name: 'default', provider, config: provider === 'aws' && region ? { region } : {} };
}

function nodeAgentValues({ backup }: Settings): Values {
  if (!backup.nodeAgent) return { deployNodeAgent: false };
  return {
    deployNodeAgent: true,
    nodeAgent: {
      // Root, to find the volumes of every pod below the kubelet's folder, but with no power over the node.
      podSecurityContext: { runAsUser: 0, seccompProfile: { type: 'RuntimeDefault' } },
      containerSecurityContext: HARDENED,
      extraVolumes: [{ name: 'tmp', emptyDir: {} }],
      extraVolumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
      extraArgs: [`--node-agent-configmap=${NODE_AGENT_CONFIG}`],
      // Volumes are on every node, tainted ones included.
      tolerations: [{ operator: 'Exists' }],
      resources: withDisk(
        { requests: { cpu: '25m', memory: '64Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
        SCRATCH,
      ),
      priorityClassName: PRIORITY.services,
    },
    configMaps: {
      // What each pod that moves data gets, beyond the namespace's defaults.
      'node-agent': { data: { 'node-agent.json': JSON.stringify({ podResources: podResources('2Gi') }) } },
    },
  };
}

/** Resources as Velero reads them for the pods that it starts itself. */
function podResources(memoryLimit: string): Values {
  return { cpuRequest: '100m', cpuLimit: '2', memoryRequest: '256Mi', memoryLimit };
}
