import type * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../../stacks/schema';
import { INTERNAL_ISSUER } from '../certificates/issuers';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import { platformImage } from '../foundation/images';
import {
  allowApiServer,
  allowFromApiServer,
  allowScrape,
  type NetworkRule,
} from '../foundation/network-policy';
import { withDisk } from '../foundation/resources';
import { pullSecrets, topologySpread } from '../foundation/scheduling';
import type { Values } from '../foundation/values';

export type MetricsServerArgs = ComponentArgs;

/** Port of metrics-server, and of the kubelets that it reads. */
const PORT = 10250;

/** Values of the chart metrics-server. Its defaults meet the Pod Security level `restricted`. */
export function metricsServerValues(settings: Settings): Values {
  const { availability, observability } = settings;
  const monitored = observability.mode !== 'off';
  return {
    image: { repository: platformImage('registry.k8s.io/metrics-server/metrics-server', settings) },
    imagePullSecrets: pullSecrets(settings),
    replicas: availability.replicas,
    // Not minAvailable: with a single replica that would block every drain.
    podDisruptionBudget: {
      enabled: availability.podDisruptionBudgets,
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
    topologySpreadConstraints: topologySpread(settings, { 'app.kubernetes.io/instance': 'metrics-server' }),
    podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    resources: withDisk({ requests: { cpu: '100m', memory: '200Mi' }, limits: { memory: '512Mi' } }),
    apiService: { insecureSkipTLSVerify: false },
    tls: servingCertificate(settings),
    metrics: { enabled: monitored },
    serviceMonitor: {
      enabled: monitored,
      interval: observability.scrapeInterval,
      // Prometheus' own, which is never longer than the interval.
      scrapeTimeout: '',
    },
  };
}

/** CPU and memory figures of pods and nodes, for autoscalers and kubectl: metrics-server. */
export class MetricsServer extends PlatformComponent {
  constructor(name: string, args: MetricsServerArgs, opts: pulumi.ComponentResourceOptions) {
    super('metrics', name, args, opts);
    if (args.foundation.manages('metrics-server')) this.installChart();
    this.registerOutputs();
  }

  private installChart(): void {
    const { foundation, settings } = this.args;
    foundation.chartNamespace('metrics-server', traffic(settings));
    foundation.install(this, 'metrics-server', metricsServerValues(settings), {
      overrides: settings.metrics.values,
    });
  }
}

/** A certificate that the API server can verify: of cert-manager, or of the chart's own making and kept. */
function servingCertificate({ certificates, cluster }: Settings): Values {
  const clusterDomain = cluster.dnsDomain;
  if (certificates.mode === 'off') {
    // Nothing renews this one. The lookup keeps it from one upgrade to the next.
    return { type: 'helm', clusterDomain, helm: { lookup: true, certDurationDays: 3650 } };
  }
  return {
    type: 'cert-manager',
    clusterDomain,
    certManager: { existingIssuer: { enabled: true, kind: 'ClusterIssuer', name: INTERNAL_ISSUER } },
  };
}

function traffic({ cluster, observability }: Settings): Record<string, NetworkRule> {
  return {
    'allow-api-server': allowApiServer(cluster.apiServerCidrs),
    'allow-from-api-server': allowFromApiServer(cluster.apiServerCidrs, [PORT]),
    'allow-kubelets': { egress: { to: 'anywhere', ports: [PORT] } },
    ...(observability.mode === 'off' ? {} : { 'allow-scrape': allowScrape([PORT]) }),
  };
}
