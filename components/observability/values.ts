import { toGoDuration, toNumber } from '../../stacks/literals';
import type { Settings } from '../../stacks/schema';
import { PRIORITY } from '../foundation/priorities';
import { withDisk } from '../foundation/resources';
import { pullSecrets, topologySpread } from '../foundation/scheduling';
import { TOKENLESS, type Values } from '../foundation/values';
import { RECEIVERS_SECRET, receiverSecrets } from './alertmanager';
import { grafanaValues } from './grafana';

/** Namespace of node-exporter, which shares its node's network and processes. */
export const NODE_EXPORTER_NAMESPACE = 'node-exporter';

/** Share of Prometheus' volume that samples may fill; the rest is for the write-ahead log and compaction. */
const FILLED = 0.85;

const MIB = 1024 ** 2;

/** A liveness probe that asks what the readiness probe asks: a busy pod is to be spared longer than it is left out. */
const PATIENT = { failureThreshold: 6 };

const RELOADER_DISK = { resources: withDisk({}) };

/** What Prometheus and Alertmanager share, beside what the operator has flags for: the pods that it makes of them. */
const OPERATED = {
  priorityClassName: PRIORITY.services,
  // Laid by name over the containers that the operator adds.
  containers: [{ name: 'config-reloader', livenessProbe: PATIENT, ...RELOADER_DISK }],
  initContainers: [{ name: 'init-config-reloader', ...RELOADER_DISK }],
};

/** Values of kube-prometheus-stack. Nothing secret is in them. */
export function kubePrometheusStackValues(settings: Settings): Values {
  const { images } = settings;
  return {
    crds: { enabled: false },
    global: {
      imageRegistry: images.registry ?? '',
      imagePullSecrets: pullSecrets(settings),
    },
    prometheus: prometheusValues(settings),
    alertmanager: alertmanagerValues(settings),
    prometheusOperator: operatorValues(settings),
    grafana: grafanaValues(settings),
    ...controlPlaneMonitors(settings),
    ...exporterValues(),
    defaultRules: { rules: { windows: false } },
  };
}

function prometheusValues(settings: Settings): Values {
  const { availability, cluster, observability } = settings;
  const { replicas } = availability;
  return {
    podDisruptionBudget: { enabled: availability.podDisruptionBudgets && replicas > 1, minAvailable: 1 },
    serviceAccount: TOKENLESS,
    additionalLabels: { 'app.kubernetes.io/name': 'prometheus' },
    prometheusSpec: {
      replicas,
      // It finds what it scrapes by the API.
      automountServiceAccountToken: true,
      retention: observability.retention,
      retentionSize: `${String(Math.floor((toNumber(observability.storage) * FILLED) / MIB))}MB`,
      scrapeInterval: observability.scrapeInterval,
      // Endpoints are deprecated since Kubernetes 1.33.
      serviceDiscoveryRole: 'EndpointSlice',
      // Every monitor and rule of the cluster, not only those that carry this release's label.
      serviceMonitorSelectorNilUsesHelmValues: false,
      podMonitorSelectorNilUsesHelmValues: false,
      probeSelectorNilUsesHelmValues: false,
      ruleSelectorNilUsesHelmValues: false,
      scrapeConfigSelectorNilUsesHelmValues: false,
      storageSpec: volume(observability.storage, cluster.storageClass),
      resources: withDisk({
        requests: { cpu: '250m', memory: '1Gi' },
        limits: { cpu: '4', memory: '4Gi' },
      }),
      ...OPERATED,
      ...placement('prometheus', settings),
    },
  };
}

function alertmanagerValues(settings: Settings): Values {
  const { availability, cluster, observability } = settings;
  const { alertmanager, alerts } = observability;
  const { replicas } = availability;
  return {
    podDisruptionBudget: { enabled: availability.podDisruptionBudgets && replicas > 1, minAvailable: 1 },
    serviceAccount: TOKENLESS,
    additionalLabels: { 'app.kubernetes.io/name': 'alertmanager' },
    alertmanagerSpec: {
      replicas,
      retention: toGoDuration(alertmanager.retention),
      // The configuration is a Secret of our own, under the name that the operator looks for.
      useExistingSecret: true,
      secrets: Object.keys(receiverSecrets(alerts)).length > 0 ? [RECEIVERS_SECRET] : [],
      storage: volume(alertmanager.storage, cluster.storageClass),
      // It never talks to the API server.
      automountServiceAccountToken: false,
      resources: withDisk({
        requests: { cpu: '25m', memory: '64Mi' },
        limits: { cpu: '500m', memory: '256Mi' },
      }),
      ...OPERATED,
      ...placement('alertmanager', settings),
    },
  };
}

function operatorValues({ certificates }: Settings): Values {
  const certManager = certificates.mode !== 'off';
  return {
    admissionWebhooks: {
      // The operator refuses a bad rule anyway; a webhook that is down must not hold up every other chart's rules.
      failurePolicy: 'Ignore',
      certManager: { enabled: certManager },
      patch: {
        enabled: !certManager,
        resources: withDisk({
          requests: { cpu: '10m', memory: '32Mi' },
          limits: { cpu: '200m', memory: '128Mi' },
        }),
        priorityClassName: PRIORITY.services,
      },
    },
    kubeletEndpointsEnabled: false,
    kubeletEndpointSliceEnabled: true,
    resources: withDisk({
      requests: { cpu: '50m', memory: '128Mi' },
      limits: { cpu: '500m', memory: '512Mi' },
    }),
    priorityClassName: PRIORITY.services,
    livenessProbe: PATIENT,
    serviceAccount: TOKENLESS,
    prometheusConfigReloader: {
      enableProbe: true,
      resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '100m', memory: '128Mi' } },
    },
  };
}

/** Where a cloud runs the control plane, its parts cannot be reached, and their alerts would never end. */
function controlPlaneMonitors({ cluster, observability }: Settings): Values {
  const enabled = cluster.provider === 'generic';
  return {
    kubeEtcd: { enabled },
    kubeScheduler: { enabled },
    kubeControllerManager: { enabled },
    kubeProxy: { enabled },
    kubelet: { serviceMonitor: { cAdvisorInterval: observability.scrapeInterval } },
  };
}

function exporterValues(): Values {
  return {
    'kube-state-metrics': {
      // To count them it would have to read them all.
      collectorsExclude: ['configmaps', 'secrets'],
      resources: withDisk({
        requests: { cpu: '25m', memory: '128Mi' },
        limits: { cpu: '500m', memory: '512Mi' },
      }),
      priorityClassName: PRIORITY.services,
      serviceAccount: TOKENLESS,
    },
    'prometheus-node-exporter': {
      namespaceOverride: NODE_EXPORTER_NAMESPACE,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containerSecurityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      resources: withDisk({
        requests: { cpu: '25m', memory: '32Mi' },
        limits: { cpu: '250m', memory: '128Mi' },
      }),
      priorityClassName: 'system-node-critical',
      livenessProbe: PATIENT,
    },
    nodeExporter: { operatingSystems: { aix: { enabled: false }, darwin: { enabled: false } } },
  };
}

/** Never two replicas on one node: that is one failure for both. */
function placement(app: string, settings: Settings): Values {
  return {
    podAntiAffinity: settings.availability.replicas > 1 ? 'hard' : 'soft',
    topologySpreadConstraints: topologySpread(settings, { 'app.kubernetes.io/name': app }),
  };
}

function volume(storage: string, storageClass: string | undefined): Values {
  return {
    volumeClaimTemplate: {
      spec: {
        ...(storageClass ? { storageClassName: storageClass } : {}),
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage } },
      },
    },
  };
}
