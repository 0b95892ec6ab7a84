import { stringify } from 'yaml';
import type { Settings } from '../../stacks/schema';
import { platformImage } from '../foundation/images';
import { PRIORITY } from '../foundation/priorities';
import { withDisk } from '../foundation/resources';
import { pullSecrets, topologySpread } from '../foundation/scheduling';
import { TOKENLESS, type Values } from '../foundation/values';

/** Secret with the password of Argo CD's Redis; the chart's own name for it. */
export const REDIS_SECRET = 'argocd-redis';

/** Secret with the client secret for single sign-on. */
export const OIDC_SECRET = { name: 'argocd-oidc', key: 'clientSecret' };

/** User and group of processes whose image has one that nodes have, too. */
const UID = 10001;

/** With fewer replicas than Redis Sentinel needs for a majority, one Redis does: it is only a cache. */
const SENTINELS = 3;

/** Values of argo-cd. Nothing secret is in them. */
export function argoCdValues(settings: Settings): Values {
  const metrics = metricsValues(settings.observability);
  return {
    crds: { install: false },
    global: {
      domain: settings.delivery.host,
      image: { repository: platformImage('quay.io/argoproj/argocd', settings) },
      imagePullSecrets: pullSecrets(settings),
      priorityClassName: PRIORITY.services,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      // The namespace has policies of its own; the chart's would open the server to every pod.
      networkPolicy: { create: false },
    },
    configs: configValues(settings),
    // One controller: more would share out clusters, and there is one.
    controller: { metrics, serviceAccount: TOKENLESS, resources: resources('250m', '512Mi', '2', '2Gi') },
    server: { ...replicated('server', settings), resources: resources('50m', '128Mi', '1', '512Mi') },
    repoServer: {
      ...replicated('repo-server', settings),
      // It renders what comes from repositories, and needs nothing of the API.
      automountServiceAccountToken: false,
      // Its copies of the repositories are on the node's disk.
      resources: resources('100m', '256Mi', '2', '1Gi', '8Gi'),
      copyutil: { resources: resources('10m', '32Mi', '200m', '128Mi') },
    },
    applicationSet: {
      ...replicated('applicationset-controller', settings),
      // Off by default.
      livenessProbe: { enabled: true, failureThreshold: 6 },
      readinessProbe: { enabled: true },
      resources: resources('50m', '128Mi', '500m', '512Mi'),
    },
    // The identity provider is asked directly, and alerts come from Alertmanager.
    dex: { enabled: false },
    notifications: { enabled: false },
    // Its password is a Secret of ours.
    redisSecretInit: { enabled: false },
    redis: {
      image: { repository: platformImage('ecr-public.aws.com/docker/library/redis', settings) },
      automountServiceAccountToken: false,
      // Beside the set of several, the chart would make the account of that one's proxy a second time.
      serviceAccount: { create: settings.availability.replicas < SENTINELS, ...TOKENLESS },
      // It keeps nothing on disk, so it need not be who the image says: a user of the node's own.
      securityContext: { runAsUser: UID, runAsGroup: UID },
      // Off by default.
      livenessProbe: { enabled: true },
      readinessProbe: { enabled: true },
      resources: resources('25m', '64Mi', '500m', '256Mi'),
    },
    'redis-ha': redisHaValues(settings),
  };
}

function configValues({ certificates, delivery, mesh }: Settings): Values {
  const { admins, oidc } = delivery;
  return {
    cm: {
      url: `${certificates.mode === 'off' ? 'http' : 'https'}://${delivery.host}`,
      // With single sign-on there is no built-in user whose password could leak.
      'admin.enabled': oidc === undefined,
      'users.anonymous.enabled': false,
      'exec.enabled': false,
      'statusbadge.enabled': false,
      ...(oidc ? { 'oidc.config': oidcConfig(oidc) } : {}),
    },
    params: {
      // The gateway ends TLS; without one, the server does it itself.
      'server.insecure': mesh.mode !== 'off',
    },
    rbac: {
      // Whoever is not named can do nothing.
      'policy.default': '',
      'policy.csv': admins.map((group) => `g, "${group.replaceAll('"', '""')}", role:admin`).join('\n'),
      scopes: '[groups]',
    },
  };
}

function oidcConfig({ clientId, issuer }: NonNullable<Settings['delivery']['oidc']>): string {
  return stringify({
    name: 'Single sign-on',
    issuer,
    clientID: clientId,
    // Argo CD reads it from the Secret.
    clientSecret: `$${OIDC_SECRET.name}:${OIDC_SECRET.key}`,
    requestedScopes: ['openid', 'profile', 'email', 'groups'],
    requestedIDTokenClaims: { groups: { essential: true } },
  });
}

function redisHaValues(settings: Settings): Values {
  const { availability, observability } = settings;
  const disruption = availability.podDisruptionBudgets
    ? { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' }
    : {};
  return {
    enabled: availability.replicas >= SENTINELS,
    existingSecret: REDIS_SECRET,
    image: { repository: platformImage('ecr-public.aws.com/docker/library/redis', settings) },
    imagePullSecrets: pullSecrets(settings),
    podDisruptionBudget: disruption,
    priorityClassName: PRIORITY.services,
    topologySpreadConstraints: { enabled: true },
    init: { resources: resources('10m', '32Mi', '200m', '64Mi') },
    redis: { resources: resources('50m', '64Mi', '500m', '256Mi') },
    // It asks what the other probe asks.
    sentinel: {
      livenessProbe: { failureThreshold: 10 },
      resources: resources('25m', '32Mi', '200m', '64Mi'),
    },
    splitBrainDetection: { resources: resources('10m', '32Mi', '100m', '64Mi') },
    haproxy: {
      image: { repository: platformImage('ecr-public.aws.com/docker/library/haproxy', settings) },
      imagePullSecrets: pullSecrets(settings),
      podDisruptionBudget: disruption,
      priorityClassName: PRIORITY.services,
      securityContext: { runAsUser: UID, runAsGroup: UID, fsGroup: UID },
      metrics: {
        serviceMonitor: {
          enabled: observability.mode !== 'off',
          interval: observability.scrapeInterval,
          disableAPICheck: true,
        },
      },
      serviceAccount: { automountToken: false },
      init: { resources: resources('10m', '16Mi', '100m', '32Mi') },
      resources: resources('25m', '64Mi', '500m', '256Mi'),
    },
  };
}

function metricsValues({ mode, scrapeInterval }: Settings['observability']): Values {
  const enabled = mode !== 'off';
  return { enabled, serviceMonitor: { enabled, interval: scrapeInterval } };
}

/** A part that can have several replicas. */
function replicated(part: string, settings: Settings): Values {
  const { podDisruptionBudgets, replicas } = settings.availability;
  return {
    replicas,
    pdb: podDisruptionBudgets && replicas > 1 ? { enabled: true, maxUnavailable: 1 } : { enabled: false },
    serviceAccount: TOKENLESS,
    topologySpreadConstraints: topologySpread(settings, { 'app.kubernetes.io/name': `argocd-${part}` }),
    metrics: metricsValues(settings.observability),
  };
}

function resources(
  cpu: string,
  memory: string,
  cpuLimit: string,
  memoryLimit: string,
  disk?: string,
): Values {
  return withDisk({ requests: { cpu, memory }, limits: { cpu: cpuLimit, memory: memoryLimit } }, disk);
}
