import { unknownPaths } from '../../components/charts/value-keys';
import { takesSnapshots, veleroValues } from '../../components/backup/values';
import { scheduleSpec, veleroTraffic } from '../../components/backup/velero';
import { loadValueKeys } from '../helpers/value-keys';
import { settingsOf } from './settings';

const AGENT = 'platform:backup.nodeAgent';
const URL = 'platform:backup.s3Url';
const AZURE = { storageAccount: 'examplebackups', resourceGroup: 'example-backups' };

/** What a stack says of whose object storage it uses. */
function storageOf(provider: string): Record<string, unknown> {
  return {
    'platform:backup.provider': provider,
    ...(provider === 'azure' ? { 'platform:backup.azure': AZURE } : {}),
  };
}

describe('velero', () => {
  test('sets only keys that the chart has', () => {
    const changes = {
      'platform:images.registry': 'registry.example.com/mirror',
      'platform:images.pullSecret': 'registry-pull',
    };
    for (const stack of ['prod', 'local']) {
      expect(unknownPaths(veleroValues(settingsOf(stack, changes)), loadValueKeys('velero'))).toEqual([]);
    }
  });

  test('takes its credentials from a Secret and keeps every secret out of its values', () => {
    const values = veleroValues(settingsOf('prod'));
    expect(values).toHaveProperty('credentials', { existingSecret: 'velero-credentials' });
    expect(JSON.stringify(values)).not.toContain('hidden-');
  });

  test('leaves CRDs to layer zero', () => {
    expect(veleroValues(settingsOf('prod'))).toMatchObject({ upgradeCRDs: false, cleanUpCRDs: false });
  });

  test('keeps backups in the bucket, encrypted at rest', () => {
    const location = 'configuration.backupStorageLocation';
    expect(veleroValues(settingsOf('prod', { 'platform:backup.prefix': 'clusters/prod' }))).toHaveProperty(
      location,
      [
        {
          name: 'default',
          default: true,
          provider: 'aws',
          bucket: 'example-platform-prod-backups',
          prefix: 'clusters/prod',
          config: { region: 'eu-west-1', serverSideEncryption: 'AES256' },
        },
      ],
    );
  });

  test('speaks to another S3 store in the way that such stores understand', () => {
    const values = veleroValues(settingsOf('prod', { [URL]: 'https://s3.example.com:9000' }));
    expect(values).toHaveProperty('configuration.backupStorageLocation.0.config', {
      region: 'eu-west-1',
      s3Url: 'https://s3.example.com:9000',
      s3ForcePathStyle: 'true',
      checksumAlgorithm: '',
    });
  });

  test('finds the blob container of Azure by its storage account', () => {
    const settings = settingsOf('prod', storageOf('azure'));
    expect(veleroValues(settings)).toHaveProperty('configuration.backupStorageLocation.0', {
      name: 'default',
      default: true,
      provider: 'azure',
      bucket: 'example-platform-prod-backups',
      config: AZURE,
    });
    expect(unknownPaths(veleroValues(settings), loadValueKeys('velero'))).toEqual([]);
  });

  test.each([
    ['aws', 'docker.io/velero/velero-plugin-for-aws:v1.14.2'],
    ['gcp', 'docker.io/velero/velero-plugin-for-gcp:v1.14.2'],
    ['azure', 'docker.io/velero/velero-plugin-for-microsoft-azure:v1.14.2'],
  ])('loads the plugin of %s', (provider, image) => {
    const values = veleroValues(settingsOf('prod', storageOf(provider)));
    expect(values).toMatchObject({
      initContainers: [{ image, securityContext: { allowPrivilegeEscalation: false } }],
      configuration: { backupStorageLocation: [{ provider }], volumeSnapshotLocation: [{ provider }] },
    });
  });

  test.each([
    ['aws', 'eks', {}, true],
    ['aws', 'eks', { [URL]: 'https://s3.example.com' }, false],
    ['aws', 'generic', {}, false],
    ['gcp', 'gke', {}, true],
    ['gcp', 'aks', {}, false],
    ['azure', 'aks', {}, true],
  ])('with %s backups of a %s cluster (%j), snapshots disks: %s', (provider, cluster, changes, snapshots) => {
    const settings = settingsOf('prod', {
      ...storageOf(provider),
      'platform:cluster.provider': cluster,
      ...changes,
    });
    expect(takesSnapshots(settings)).toBe(snapshots);
    expect(veleroValues(settings)).toMatchObject({
      snapshotsEnabled: snapshots,
      // What no snapshot covers, the node agent copies.
      configuration: { defaultVolumesToFsBackup: !snapshots },
    });
  });

  test('has an agent on every node only where the stack wants files copied', () => {
    expect(veleroValues(settingsOf('prod', { [AGENT]: true }))).toMatchObject({
      deployNodeAgent: true,
      nodeAgent: { extraArgs: ['--node-agent-configmap=velero-node-agent'] },
      metrics: { nodeAgentPodMonitor: { enabled: true } },
    });
    const without = veleroValues(settingsOf('prod', { [AGENT]: false }));
    expect(without).toMatchObject({
      deployNodeAgent: false,
      configuration: { defaultVolumesToFsBackup: false },
      metrics: { nodeAgentPodMonitor: { enabled: false } },
    });
    expect(without).not.toHaveProperty('nodeAgent');
  });

  test('runs its server as nobody, without privileges, on a read-only file system', () => {
    expect(veleroValues(settingsOf('prod'))).toMatchObject({
      podSecurityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containerSecurityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      },
      configuration: { extraEnvVars: [{ name: 'HOME', value: '/scratch' }] },
    });
  });

  test('comes from the private registry, its plugin included', () => {
    const values = veleroValues(
      settingsOf('prod', {
        'platform:images.registry': 'registry.example.com/mirror',
        'platform:images.pullSecret': 'registry-pull',
      }),
    );
    expect(values).toMatchObject({
      image: {
        repository: 'registry.example.com/mirror/velero/velero',
        imagePullSecrets: ['registry-pull'],
      },
      initContainers: [{ image: 'registry.example.com/mirror/velero/velero-plugin-for-aws:v1.14.2' }],
    });
  });

  test('is monitored, and alerts, only where there is something to do it with', () => {
    const monitored = (on: boolean): object => ({
      serviceMonitor: { enabled: on },
      nodeAgentPodMonitor: { enabled: on },
      prometheusRule: { enabled: on },
    });
    expect(veleroValues(settingsOf('prod')).metrics).toMatchObject(monitored(true));
    const off = settingsOf('prod', { 'platform:observability': { mode: 'off' } });
    expect(veleroValues(off).metrics).toMatchObject(monitored(false));
    expect(veleroTraffic(off)).not.toHaveProperty('allow-scrape');
  });
});

describe('a schedule of backups', () => {
  const schedule = {
    name: 'daily',
    cron: '0 2 * * *',
    ttl: '30d',
    namespaces: ['*'],
    excludedNamespaces: ['scratch'],
  };

  test('keeps each backup as long as it says, and its backups when it goes', () => {
    expect(scheduleSpec(schedule)).toEqual({
      schedule: '0 2 * * *',
      skipImmediately: false,
      useOwnerReferencesInBackup: false,
      template: { ttl: '720h0m0s', includedNamespaces: ['*'], excludedNamespaces: ['scratch'] },
    });
  });

  test('names no namespaces to leave out where there are none', () => {
    expect(scheduleSpec({ ...schedule, excludedNamespaces: [] })).not.toHaveProperty(
      'template.excludedNamespaces',
    );
  });
});

describe('the traffic of Velero', () => {
  test.each([
    [undefined, 443],
    ['https://s3.example.com', 443],
    ['https://s3.example.com:9000', 9000],
    ['http://minio.minio.svc:80', 80],
  ])('reaches the object storage at %s on port %d', (url, port) => {
    expect(veleroTraffic(settingsOf('prod', { [URL]: url }))['allow-object-storage']).toEqual({
      egress: { to: 'anywhere', ports: [port] },
    });
  });
});
