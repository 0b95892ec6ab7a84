import type * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../../stacks/schema';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import {
  allowApiServer,
  allowFromApiServer,
  allowScrape,
  type NetworkRule,
} from '../foundation/network-policy';
import { withDisk } from '../foundation/resources';
import { pullSecrets, topologySpread } from '../foundation/scheduling';
import { TOKENLESS, type Values } from '../foundation/values';
import { createIssuers } from './issuers';

export { INTERNAL_ISSUER, PLATFORM_ISSUER } from './issuers';

export type CertManagerArgs = ComponentArgs;

const WEBHOOK_PORT = 10250;
const METRICS_PORT = 9402;

/** Where the webhook judges: the chart's own condition, and not in kube-system, which must come up without it. */
const VALIDATED = {
  matchExpressions: [
    { key: 'cert-manager.io/disable-validation', operator: 'NotIn', values: ['true'] },
    { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] },
  ],
};

/** The pods of the account get its token because they say so, and no other pod that names it does. */
const tokenOfPods = {
  automountServiceAccountToken: true,
  serviceAccount: TOKENLESS,
};

/** Values of the chart cert-manager. Its defaults meet the Pod Security level `restricted`. */
export function certManagerValues(settings: Settings): Values {
  const { availability, images, observability } = settings;
  const component = (name: string, cpu: string, memory: string, memoryLimit: string): Values => ({
    replicaCount: availability.replicas,
    // Not minAvailable: with a single replica that would block every drain.
    podDisruptionBudget: {
      enabled: availability.podDisruptionBudgets,
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
    ...tokenOfPods,
    topologySpreadConstraints: topologySpread(settings, {
      'app.kubernetes.io/instance': 'cert-manager',
      'app.kubernetes.io/component': name,
    }),
    resources: resources(cpu, memory, memoryLimit),
  });
  return {
    global: {
      priorityClassName: 'system-cluster-critical',
      imagePullSecrets: pullSecrets(settings),
      // The chart's own default would need Roles in kube-system.
      leaderElection: { namespace: 'cert-manager' },
    },
    crds: { enabled: false },
    imageRegistry: images.registry ?? 'quay.io',
    ...component('controller', '50m', '64Mi', '256Mi'),
    // Who makes a certificate waits for it: longer than this is as good as no answer.
    webhook: {
      ...component('webhook', '50m', '32Mi', '128Mi'),
      timeoutSeconds: 10,
      validatingWebhookConfiguration: { namespaceSelector: VALIDATED },
    },
    // It keeps every Secret of the cluster in memory.
    cainjector: component('cainjector', '50m', '64Mi', '512Mi'),
    // It asks the webhook itself, and Helm waits for its answer: the images may have to be pulled first.
    startupapicheck: {
      enabled: true,
      timeout: '10m',
      ...tokenOfPods,
      resources: resources('50m', '32Mi', '128Mi'),
    },
    prometheus: {
      servicemonitor: {
        enabled: observability.mode !== 'off',
        interval: observability.scrapeInterval,
        // Prometheus' own, which is never longer than the interval.
        scrapeTimeout: '',
      },
    },
  };
}

/** Certificates: cert-manager, a CA of the cluster's own, and the issuers that others name. */
export class CertManager extends PlatformComponent {
  /** Signs for the host names of the gateway. */
  readonly platformIssuer: pulumi.Resource;
  /** Signs for Services of the cluster. */
  readonly internalIssuer: pulumi.Resource;

  constructor(name: string, args: CertManagerArgs, opts: pulumi.ComponentResourceOptions) {
    super('certificates', name, args, opts);
    const { foundation, settings } = args;
    if (foundation.manages('cert-manager')) this.installChart();
    // cert-manager's webhook guards them: they come after it and go before it.
    const ready = [...foundation.crdsOf('cert-manager'), foundation.release('cert-manager')];
    const issuers = createIssuers(name, settings, this.child(...ready));
    this.platformIssuer = issuers.platform;
    this.internalIssuer = issuers.internal;
    this.registerOutputs();
  }

  private installChart(): void {
    const { foundation, settings } = this.args;
    foundation.chartNamespace('cert-manager', traffic(settings));
    foundation.install(this, 'cert-manager', certManagerValues(settings), {
      overrides: settings.certificates.values,
      // The startup check is what waits.
      skipAwait: true,
    });
  }
}

function traffic({ certificates, cluster, observability }: Settings): Record<string, NetworkRule> {
  return {
    'allow-api-server': allowApiServer(cluster.apiServerCidrs),
    'allow-webhook': {
      pods: { 'app.kubernetes.io/component': 'webhook' },
      ...allowFromApiServer(cluster.apiServerCidrs, [WEBHOOK_PORT]),
    },
    ...(observability.mode === 'off' ? {} : { 'allow-scrape': allowScrape([METRICS_PORT]) }),
    ...(certificates.issuer === 'acme' ? { 'allow-acme': ACME } : {}),
  };
}

/** The controller asks the ACME server (443), and tries each challenge itself first (80). */
const ACME: NetworkRule = {
  pods: { 'app.kubernetes.io/component': 'controller' },
  egress: { to: 'anywhere-but-metadata', ports: [80, 443] },
};

function resources(cpu: string, memory: string, memoryLimit: string): Values {
  return withDisk({ requests: { cpu, memory }, limits: { memory: memoryLimit } });
}
