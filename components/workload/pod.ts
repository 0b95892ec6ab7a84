import type * as k8s from '@pulumi/kubernetes';
import type * as kx from '@pulumi/kubernetesx';
import type { Settings, Workload } from '../../stacks/schema';
import { platformImage } from '../foundation/images';
import { allowScrape, type NetworkRule } from '../foundation/network-policy';
import { PRIORITY } from '../foundation/priorities';
import { pullSecrets, topologySpread } from '../foundation/scheduling';
import { SIDECAR_METRICS_PORT } from './metrics';

/** User and group of every workload's processes: none that exists on a node. */
const UID = 10001;
/** Istio's control plane, as sidecars reach it: over TLS. */
const ISTIOD_PORTS = [15012];

/** Who may talk to a workload's pods, and to whom they may talk, beside DNS. */
export function networkRules(settings: Settings, workload: Workload): Record<string, NetworkRule> {
  const rules: Record<string, NetworkRule> = {};
  if (workload.route) {
    rules['allow-gateway'] = { ingress: { from: { namespaces: ['istio-ingress'] }, ports: [workload.port] } };
  }
  if (workload.mesh) {
    rules['allow-istiod'] = { egress: { to: { namespaces: ['istio-system'] }, ports: ISTIOD_PORTS } };
  }
  if (workload.metrics) {
    rules['allow-scrape'] = allowScrape([workload.mesh ? SIDECAR_METRICS_PORT : workload.metrics.port]);
  }
  workload.egress.forEach(({ cidr, namespace, ports }, index) => {
    const to = namespace === undefined ? { cidrs: [cidr ?? ''] } : { namespaces: [namespace] };
    rules[`allow-egress-${index + 1}`] = { egress: { to, ports } };
  });
  return rules;
}

/** The pod of a workload, hardened as `restricted` asks. */
export function podSpec(
  name: string,
  settings: Settings,
  workload: Workload,
  config: kx.ConfigMap | undefined,
  secret: kx.Secret | undefined,
): kx.types.PodSpec {
  const { metrics, port, probes, resources } = workload;
  const probe = (path: string): k8s.types.input.core.v1.Probe => ({
    httpGet: { path, port: 'http' },
    periodSeconds: 10,
    timeoutSeconds: 3,
    failureThreshold: 3,
  });
  return {
    serviceAccountName: name,
    automountServiceAccountToken: false,
    priorityClassName: PRIORITY.workloads,
    terminationGracePeriodSeconds: 30,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: UID,
      runAsGroup: UID,
      fsGroup: UID,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    imagePullSecrets: pullSecrets(settings),
    topologySpreadConstraints: topologySpread(settings, { app: name }),
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
    containers: [
      {
        name,
        image: platformImage(workload.image, settings),
        imagePullPolicy: workload.image.includes('@') ? 'IfNotPresent' : 'Always',
        env: { ...secretFiles(name, workload), ...workload.env },
        ports: { http: port, ...(metrics && metrics.port !== port ? { 'http-metrics': metrics.port } : {}) },
        resources,
        startupProbe: { ...probe(probes.liveness), failureThreshold: 30 },
        livenessProbe: probe(probes.liveness),
        readinessProbe: probe(probes.readiness),
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'tmp', mountPath: '/tmp' },
          ...(config ? [config.mount(`/etc/${name}`)] : []),
          ...(secret ? [secret.mount(secretsFolder(name))] : []),
        ],
      },
    ],
  };
}

/** Where a workload finds its secrets: a file for each, by its name. */
function secretsFolder(name: string): string {
  return `/run/secrets/${name}`;
}

/** The paths of the secrets, each in `<NAME>_FILE`: an environment leaks, and keeps what has been replaced. */
function secretFiles(name: string, { secrets }: Workload): Record<string, string> {
  return Object.fromEntries(secrets.map((key) => [`${key}_FILE`, `${secretsFolder(name)}/${key}`]));
}
