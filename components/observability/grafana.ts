import type { Settings } from '../../stacks/schema';
import { PRIORITY } from '../foundation/priorities';
import { withDisk } from '../foundation/resources';
import type { Values } from '../foundation/values';

/** Secret with the admin's name and password, and the key that Grafana encrypts its own secrets with. */
export const GRAFANA_SECRET = {
  name: 'grafana-admin',
  user: 'admin-user',
  password: 'admin-password',
  key: 'secret-key',
};

const UID = 10472;

/** Values of the Grafana subchart. */
export function grafanaValues({ certificates, cluster, mesh, observability }: Settings): Values {
  const { host, storage } = observability.grafana;
  const scheme = certificates.mode === 'off' ? 'http' : 'https';
  const server = { domain: host, root_url: `${scheme}://${host}` };
  const routed = mesh.mode !== 'off';
  return {
    admin: {
      existingSecret: GRAFANA_SECRET.name,
      userKey: GRAFANA_SECRET.user,
      passwordKey: GRAFANA_SECRET.password,
    },
    // Its default is known to everybody.
    envValueFrom: {
      GF_SECURITY_SECRET_KEY: { secretKeyRef: { name: GRAFANA_SECRET.name, key: GRAFANA_SECRET.key } },
    },
    'grafana.ini': {
      analytics: { check_for_updates: false, check_for_plugin_updates: false, reporting_enabled: false },
      'auth.anonymous': { enabled: false },
      news: { news_feed_enabled: false },
      plugins: { preinstall_disabled: true, preinstall_auto_update: false },
      security: { cookie_secure: routed && scheme === 'https', disable_gravatar: true },
      snapshots: { external_enabled: false },
      users: { allow_sign_up: false },
      ...(routed ? { server } : {}),
    },
    defaultDashboardsEditable: false,
    persistence: {
      enabled: true,
      size: storage,
      ...(cluster.storageClass ? { storageClassName: cluster.storageClass } : {}),
    },
    // One pod owns the volume: the new one can start only when the old one is gone.
    deploymentStrategy: { type: 'Recreate' },
    // The volume's group is set by fsGroup; the init container would do it as root.
    initChownData: { enabled: false },
    testFramework: { enabled: false },
    containerSecurityContext: { readOnlyRootFilesystem: true },
    extraEmptyDirMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    resources: withDisk({
      requests: { cpu: '50m', memory: '256Mi' },
      limits: { cpu: '1', memory: '512Mi' },
    }),
    priorityClassName: PRIORITY.services,
    // The image's own user is one that nodes may have. The volume is handed over to the group.
    securityContext: { runAsUser: UID, runAsGroup: UID, fsGroup: UID },
    serviceAccount: { autoMount: false },
    // The chart's role reads every Secret; ours reads this namespace's ConfigMaps.
    rbac: { create: false },
    sidecar: {
      dashboards: { searchNamespace: 'monitoring', resource: 'configmap' },
      datasources: { searchNamespace: 'monitoring', resource: 'configmap' },
      securityContext: { readOnlyRootFilesystem: true },
      resources: withDisk({
        requests: { cpu: '10m', memory: '96Mi' },
        limits: { cpu: '100m', memory: '192Mi' },
      }),
    },
  };
}
