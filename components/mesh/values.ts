import type { Settings } from '../../stacks/schema';
import { platformImage } from '../foundation/images';
import { withDisk } from '../foundation/resources';
import { pullSecrets, topologySpread } from '../foundation/scheduling';
import type { Values } from '../foundation/values';

/** Helm values of Istio's charts. All of them are set at top level, whatever nesting the charts' defaults have. */

/** Name of the gateway's release, and so of its Deployment and its `app` label; its Service has it too. */
export const GATEWAY_RELEASE = 'istio-ingress';

/** What Istio makes of that name: the `istio` label of the gateway's pods. */
export const GATEWAY_LABEL = 'ingress';

const RUNTIME_DEFAULT = { type: 'RuntimeDefault' };

/** The account by which the control plane of another cluster would read everything here, Secrets included. */
const NO_READER = { enableReaderRBAC: false };

/** The kinds that come first, as layer zero. */
const CRDS = {
  'extensions.istio.io': ['trafficextensions', 'wasmplugins'],
  'networking.istio.io': [
    'destinationrules',
    'envoyfilters',
    'gateways',
    'proxyconfigs',
    'serviceentries',
    'sidecars',
    'virtualservices',
    'workloadentries',
    'workloadgroups',
  ],
  'security.istio.io': ['authorizationpolicies', 'peerauthentications', 'requestauthentications'],
  'telemetry.istio.io': ['telemetries'],
};

/** Values of the chart `base`: no CRD, and the webhook that checks every mesh resource. */
export function baseValues(): Values {
  return {
    defaultRevision: 'default',
    global: NO_READER,
    base: {
      // False does not leave the CRDs out, it renders them unlabelled; naming each one does.
      enableCRDTemplates: true,
      excludedCRDs: Object.entries(CRDS).flatMap(([group, plurals]) =>
        plurals.map((plural) => `${plural}.${group}`),
      ),
    },
  };
}

/** Values of the chart `cni`: the node agent that redirects pods' traffic, so that pods need no privilege for it. */
export function cniValues(settings: Settings): Values {
  return {
    global: common(settings),
    ...(settings.cluster.provider === 'gke' ? { cniBinDir: '/home/kubernetes/bin' } : {}),
    seccompProfile: RUNTIME_DEFAULT,
    // The annotation is deprecated since Kubernetes 1.30, the oldest that the platform runs on.
    useAppArmorAnnotation: false,
    resources: withDisk({
      requests: { cpu: '50m', memory: '100Mi' },
      limits: { cpu: '500m', memory: '256Mi' },
    }),
  };
}

/** Values of the chart `istiod`: the control plane, and what it injects into pods. */
export function istiodValues(settings: Settings): Values {
  const { availability, cluster, metrics } = settings;
  return {
    ...autoscaling(availability.replicas, metrics.mode !== 'off'),
    global: {
      ...common(settings),
      ...NO_READER,
      // While it is away no meshed pod can start.
      priorityClassName: 'system-cluster-critical',
      defaultPodDisruptionBudget: { enabled: availability.podDisruptionBudgets },
      proxy: {
        clusterDomain: cluster.dnsDomain,
        seccompProfile: RUNTIME_DEFAULT,
        resources: withDisk({
          requests: { cpu: '100m', memory: '128Mi' },
          limits: { cpu: '2', memory: '512Mi' },
        }),
      },
    },
    pdb: { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    // The gateway is a chart's: nothing else has istiod make pods, in any namespace it likes.
    env: { PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: 'false' },
    cni: { enabled: true },
    gateways: { seccompProfile: RUNTIME_DEFAULT },
    seccompProfile: RUNTIME_DEFAULT,
    resources: withDisk({
      requests: { cpu: '200m', memory: '512Mi' },
      limits: { cpu: '2', memory: '2Gi' },
    }),
    topologySpreadConstraints: topologySpread(settings, { app: 'istiod' }),
    meshConfig: meshConfig(settings),
  };
}

function meshConfig({ certificates, cluster }: Settings): Values {
  return {
    trustDomain: cluster.dnsDomain,
    accessLogEncoding: 'JSON',
    // What may leave a namespace is decided by its network policies, which the proxy cannot be talked out of;
    // REGISTRY_ONLY would ask for a ServiceEntry beside each of them.
    outboundTrafficPolicy: { mode: 'ALLOW_ANY' },
    // Ingress objects are for cert-manager's answers to an ACME server and for nothing else.
    ingressControllerMode: certificates.issuer === 'acme' ? 'STRICT' : 'OFF',
    ingressService: GATEWAY_RELEASE,
    ingressSelector: GATEWAY_LABEL,
  };
}

/** Values of the chart `gateway`: the way in, except its Service. */
export function gatewayValues(settings: Settings): Values {
  const { availability, mesh, metrics } = settings;
  const { maxReplicas, minReplicas } = mesh.gateway;
  return {
    replicaCount: minReplicas,
    autoscaling: { enabled: metrics.mode !== 'off', minReplicas, maxReplicas },
    podDisruptionBudget: availability.podDisruptionBudgets
      ? { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' }
      : {},
    // It is a resource of the platform's own, which knows its address; a release does not.
    service: { type: 'None' },
    securityContext: {
      runAsNonRoot: true,
      seccompProfile: RUNTIME_DEFAULT,
      // Ports 80 and 443 without being root; one of the sysctls that `restricted` allows.
      sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
    },
    resources: withDisk({
      requests: { cpu: '100m', memory: '128Mi' },
      limits: { cpu: '2', memory: '1Gi' },
    }),
    priorityClassName: 'system-cluster-critical',
    // What the injector would add by itself.
    readinessProbe: {
      httpGet: { path: '/healthz/ready', port: 15021 },
      periodSeconds: 15,
      timeoutSeconds: 3,
    },
    topologySpreadConstraints: topologySpread(settings, { app: GATEWAY_RELEASE }),
    imagePullSecrets: pullSecrets(settings),
  };
}

/** An autoscaler needs metrics; without them the number of replicas is fixed. */
function autoscaling(replicas: number, hasMetrics: boolean): Values {
  return hasMetrics
    ? { autoscaleEnabled: true, autoscaleMin: replicas, autoscaleMax: 2 * replicas + 1 }
    : { autoscaleEnabled: false, replicaCount: replicas };
}

function common(settings: Settings): Values {
  return {
    hub: platformImage('registry.istio.io/release', settings),
    // Images without a shell or a package manager.
    variant: 'distroless',
    logAsJson: true,
    imagePullSecrets: pullSecrets(settings).map(({ name }) => name),
  };
}
