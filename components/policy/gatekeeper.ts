import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import { toSeconds } from '../../stacks/literals';
import type { Settings } from '../../stacks/schema';
import { CATALOGUE } from '../catalogue';
import { CALICO_NAMESPACE } from '../network/installation';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import { platformImage } from '../foundation/images';
import {
  allowApiServer,
  allowFromApiServer,
  allowScrape,
  allowWithin,
  type NetworkRule,
} from '../foundation/network-policy';
import { PRIORITY } from '../foundation/priorities';
import { withDisk } from '../foundation/resources';
import { pullSecrets, topologySpread } from '../foundation/scheduling';
import type { Values } from '../foundation/values';
import { constraintOf, constraintTemplate } from '../../policy/gatekeeper';
import { CLUSTER_NAMESPACES, enforced, operatedNamespaces, optionsFor } from './enforced';

export interface GatekeeperArgs extends ComponentArgs {
  /**
   * What its webhook must not meet while it starts: every object that is made beside it. They are all there before
   * it, and still there when it goes.
   */
  after: (pulumi.Resource | undefined)[];
}

type CustomResourceArgs = ConstructorParameters<typeof k8s.apiextensions.CustomResource>[1];

const NAMESPACE = CATALOGUE.gatekeeper.namespace;

/**
 * Where the pod network comes from. With `failurePolicy: Fail`, a network that is down would keep Gatekeeper from
 * answering, and Gatekeeper's silence would keep the network from starting. Audit still judges them.
 */
const NETWORK_NAMESPACES = [CALICO_NAMESPACE, CATALOGUE['tigera-operator'].namespace];

/** A template is done once Gatekeeper has made the kind of its constraints. */
const WAIT_FOR_KIND = { 'pulumi.com/waitFor': 'jsonpath={.status.created}=true' };

/** Group of its processes and volumes; the chart's own is one that nodes have, too. */
const GID = 10001;
const IDS = {
  podSecurityContext: { fsGroup: GID, supplementalGroups: [GID] },
  securityContext: { runAsGroup: GID },
};

/** Values of the chart gatekeeper. */
export function gatekeeperValues(settings: Settings): Values {
  const { availability, policy } = settings;
  const exempt = [...CLUSTER_NAMESPACES, ...Object.keys(policy.exemptNamespaces)];
  const survives = availability.podDisruptionBudgets && availability.replicas > 1;
  return {
    replicas: availability.replicas,
    // The chart always makes the budget; zero is the one that never blocks a drain.
    pdb: { controllerManager: { minAvailable: survives ? availability.replicas - 1 : 0 } },
    // The namespace has one, where pods of the critical priority need it.
    resourceQuota: false,
    auditInterval: toSeconds(policy.auditInterval),
    logDenies: true,
    emitAdmissionEvents: true,
    admissionEventsInvolvedNamespace: true,
    // The controls are policies of the API server by themselves; another one of each would judge twice.
    defaultCreateVAPForTemplates: false,
    defaultCreateVAPBindingForConstraints: false,
    // Neither is used, and each is a way to change or leak what passes.
    disableMutation: true,
    enableExternalData: false,
    validatingWebhookFailurePolicy: policy.failurePolicy,
    validatingWebhookExemptNamespacesLabels: {
      'kubernetes.io/metadata.name': [
        ...new Set([...exempt, ...NETWORK_NAMESPACES, ...operatedNamespaces(settings)]),
      ],
    },
    validatingWebhookMatchConditions: MATCH_CONDITIONS,
    controllerManager: {
      exemptNamespaces: exempt,
      topologySpreadConstraints: topologySpread(settings, { 'gatekeeper.sh/operation': 'webhook' }),
      ...IDS,
      resources: withDisk({
        requests: { cpu: '100m', memory: '256Mi' },
        limits: { cpu: '1', memory: '512Mi' },
      }),
    },
    audit: {
      ...IDS,
      resources: withDisk({
        requests: { cpu: '100m', memory: '256Mi' },
        limits: { cpu: '1', memory: '1Gi' },
      }),
    },
    ...hookValues(settings),
    image: {
      repository: platformImage('docker.io/openpolicyagent/gatekeeper', settings),
      pullSecrets: pullSecrets(settings),
    },
  };
}

/** What is judged by nobody's rule and is most of the traffic: heartbeats, and nodes that report on themselves. */
const MATCH_CONDITIONS = [
  { name: 'no-leases', expression: 'request.resource.group != "coordination.k8s.io"' },
  { name: 'no-kubelets', expression: '!("system:nodes" in request.userInfo.groups)' },
];

function hookValues(settings: Settings): Values {
  return {
    // CRDs are layer zero, and the namespace with its labels is the platform's.
    upgradeCRDs: { enabled: false },
    postInstall: {
      labelNamespace: { enabled: false },
      securityContext: { runAsGroup: GID },
      // Helm waits for it: what comes next would be refused until the webhook answers.
      probeWebhook: {
        enabled: true,
        waitTimeout: 600,
        priorityClassName: PRIORITY.services,
        image: {
          repository: platformImage('docker.io/curlimages/curl', settings),
          pullSecrets: pullSecrets(settings),
        },
      },
    },
  };
}

/** Admission control and audit: Gatekeeper, and what it leaves alone. */
export class Gatekeeper extends PlatformComponent {
  /** Set where the stack installs it. */
  readonly release: k8s.helm.v3.Release | undefined;

  constructor(
    private readonly name: string,
    args: GatekeeperArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super('policy', name, args, opts);
    if (args.foundation.manages('gatekeeper')) {
      const release = this.installChart(args.after);
      this.createConfig(release);
      this.createMonitor(release);
      this.createConstraints(release);
      this.release = release;
    }
    this.registerOutputs();
  }

  /** What must be there before an object that it guards: its webhook, and where that refuses by them, the constraints. */
  get guard(): pulumi.Resource | undefined {
    return this.args.settings.policy.admission === 'gatekeeper' ? this : this.release;
  }

  private installChart(after: GatekeeperArgs['after']): k8s.helm.v3.Release {
    const { foundation, settings } = this.args;
    foundation.chartNamespace('gatekeeper', traffic(settings));
    return foundation.install(this, 'gatekeeper', gatekeeperValues(settings), {
      overrides: settings.policy.values,
      // The probe is what waits.
      skipAwait: true,
      after,
    });
  }

  /** Namespaces that audit leaves out too. Gatekeeper reads the one Config of this name. */
  private createConfig(release: k8s.helm.v3.Release): void {
    const { foundation, settings } = this.args;
    new k8s.apiextensions.CustomResource(
      `${this.name}-config`,
      {
        apiVersion: 'config.gatekeeper.sh/v1alpha1',
        kind: 'Config',
        metadata: { name: 'config', namespace: NAMESPACE },
        spec: configSpec(settings),
      },
      this.child(...foundation.crdsOf('gatekeeper'), release),
    );
  }

  /** The controls as templates and constraints, where Gatekeeper has a part in them. */
  private createConstraints(release: k8s.helm.v3.Release): void {
    const { foundation, settings } = this.args;
    const { admission, audit } = settings.policy;
    if (admission !== 'gatekeeper' && !audit) return;
    const options = optionsFor(settings);
    for (const { action, control } of enforced(settings)) {
      const template = constraintTemplate(control, options);
      const annotations = { ...(template.metadata?.annotations as object), ...WAIT_FOR_KIND };
      const kind = new k8s.apiextensions.CustomResource(
        `${this.name}-${control.id}-template`,
        { ...template, metadata: { ...template.metadata, annotations } } as CustomResourceArgs,
        this.child(...foundation.crdsOf('gatekeeper'), release),
      );
      new k8s.apiextensions.CustomResource(
        `${this.name}-${control.id}`,
        constraintOf(control, {
          action,
          admits: admission === 'gatekeeper',
          exemptNamespaces: options.exemptNamespaces,
        }) as CustomResourceArgs,
        this.child(kind),
      );
    }
  }

  private createMonitor(release: k8s.helm.v3.Release): void {
    const { foundation, settings } = this.args;
    if (settings.observability.mode === 'off') return;
    new k8s.apiextensions.CustomResource(
      `${this.name}-monitor`,
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: { name: 'gatekeeper', namespace: NAMESPACE },
        spec: {
          selector: { matchLabels: { 'gatekeeper.sh/system': 'yes' } },
          podMetricsEndpoints: [{ port: 'metrics', interval: settings.observability.scrapeInterval }],
        },
      },
      this.child(...foundation.crdsOf('prometheus-operator-crds'), release),
    );
  }
}

/** Spec of the Config: whom neither admission nor audit judges. */
export function configSpec({ policy }: Settings): Values {
  const excludedNamespaces = [...CLUSTER_NAMESPACES, NAMESPACE, ...Object.keys(policy.exemptNamespaces)];
  return { match: [{ excludedNamespaces, processes: ['*'] }] };
}

function traffic({ cluster, observability }: Settings): Record<string, NetworkRule> {
  return {
    'allow-api-server': allowApiServer(cluster.apiServerCidrs),
    'allow-webhook': allowFromApiServer(cluster.apiServerCidrs, [8443]),
    // The probe after an installation asks the webhook itself.
    'allow-within': allowWithin(),
    ...(observability.mode === 'off' ? {} : { 'allow-scrape': allowScrape([8888]) }),
  };
}
