import type { Exemption } from '../exemption';
import { exemptions } from './entry';

const REDIS_PASSWORD =
  'The chart hands the password of Redis, which is a cache, to both of its sides in variables only.';
const ONE_REDIS = 'With fewer than three replicas Redis is one pod, with them it is a set behind a proxy.';

/** What a chart fixes and has no value for, or what its software can't do without. */
export const CHARTS: readonly Exemption[] = [
  ...exemptions({
    objects: ['Job gatekeeper-system/gatekeeper-probe-webhook-post-install'],
    controls: [
      'ephemeral-storage',
      'job-limits',
      'no-default-service-account',
      'no-token-automount',
      'resource-limits',
      'security-contexts',
    ],
    component: 'policy',
    reason:
      "The hook's chart sets none; the LimitRange of the namespace gives it limits on arrival, the account is granted nothing, and Helm ends its wait for it.",
  }),
  ...exemptions({
    objects: ['Job cert-manager/cert-manager-startupapicheck'],
    controls: ['job-limits'],
    component: 'certificates',
    reason: 'The hook has a timeout of its own and four tries; the chart has no value for a deadline.',
  }),
  ...exemptions({
    objects: ['Deployment cert-manager/cert-manager', 'Deployment cert-manager/cert-manager-cainjector'],
    controls: ['readiness-probe'],
    component: 'certificates',
    reason: 'Nobody sends them requests, and the chart has no value for the probe.',
  }),
  ...exemptions({
    objects: ['Deployment cert-manager/cert-manager-cainjector'],
    controls: ['liveness-probe'],
    component: 'certificates',
    reason: 'It answers nothing that a probe could ask, and the chart has no value for one.',
  }),
  ...exemptions({
    objects: ['Deployment istio-system/istiod'],
    controls: ['liveness-probe', 'security-contexts'],
    component: 'mesh',
    reason:
      'The chart has no value for either: all of the context is on the container, and where it hangs, its readiness takes it out of service.',
  }),
  ...exemptions({
    objects: ['Deployment istio-ingress/istio-ingress'],
    controls: ['fully-qualified-images', 'liveness-probe', 'no-mutable-tags'],
    component: 'mesh',
    reason:
      "Its container is a gap that istiod's injector fills in, image and probes included: in the pods there are both.",
  }),
  ...exemptions({
    objects: ['Service istio-ingress/istio-ingress'],
    controls: ['restricted-load-balancers'],
    component: 'mesh',
    reason:
      'It is the one way in from the Internet; a stack that wants it internal says so in mesh.gateway.annotations.',
  }),
  ...exemptions({
    objects: [
      'ValidatingWebhookConfiguration istio-validator-istio-system',
      'ValidatingWebhookConfiguration istiod-default-validator',
    ],
    controls: ['webhook-safety'],
    component: 'mesh',
    reason: 'They fail open until istiod answers, which then has them fail closed.',
  }),
  ...exemptions({
    objects: [
      'MutatingWebhookConfiguration kube-prometheus-stack-admission',
      'ValidatingWebhookConfiguration kube-prometheus-stack-admission',
    ],
    controls: ['webhook-safety'],
    component: 'observability',
    reason:
      "The operator refuses a bad rule by itself, and a webhook that is down must not hold up every other chart's rules.",
  }),
  ...exemptions({
    objects: ['ValidatingWebhookConfiguration gatekeeper-validating-webhook-configuration'],
    controls: ['webhook-safety'],
    component: 'policy',
    reason:
      'A stack with a single pod of it lets changes pass while that restarts (policy.failurePolicy); the API server enforces by itself.',
  }),
  ...exemptions({
    objects: ['Deployment monitoring/kube-prometheus-stack-grafana'],
    controls: ['liveness-probe', 'readiness-probe', 'secrets-as-files'],
    component: 'observability',
    reason:
      'The chart has one probe for all sidecars, which each listen on a port of their own, and hands them the password for reloads in variables.',
  }),
  ...exemptions({
    objects: ['Deployment velero/velero'],
    controls: ['rolling-update'],
    component: 'backup',
    reason: 'Two servers at once would both run a backup that is due; the chart says Recreate.',
  }),
  ...exemptions({
    objects: ['StatefulSet argocd/argocd-application-controller'],
    controls: ['liveness-probe', 'statefulset-service'],
    component: 'delivery',
    reason: 'Nobody asks its pods by name, and the chart has neither the Service nor a value for the probe.',
  }),
  ...exemptions({
    objects: [
      'Deployment argocd/argocd-repo-server',
      'Deployment argocd/argocd-server',
      'StatefulSet argocd/argocd-application-controller',
    ],
    controls: ['secrets-as-files'],
    component: 'delivery',
    reason: REDIS_PASSWORD,
  }),
  ...exemptions({
    objects: [
      'Deployment argocd/argocd-redis',
      'Deployment argocd/argocd-redis-ha-haproxy',
      'StatefulSet argocd/argocd-redis-ha-server',
    ],
    controls: ['secrets-as-files'],
    component: 'delivery',
    optional: ONE_REDIS,
    reason: REDIS_PASSWORD,
  }),
  ...exemptions({
    objects: ['Deployment argocd/argocd-redis-ha-haproxy'],
    controls: ['patient-liveness'],
    component: 'delivery',
    optional: ONE_REDIS,
    reason: "The subchart's probes are fixed; they ask the proxy itself, not what is behind it.",
  }),
  ...exemptions({
    objects: ['Deployment argocd/argocd-redis-ha-haproxy', 'StatefulSet argocd/argocd-redis-ha-server'],
    controls: ['required-labels'],
    component: 'delivery',
    optional: ONE_REDIS,
    reason: 'The subchart labels its pods, but not what makes them, and has no value for it.',
  }),
  ...exemptions({
    objects: [
      'PodDisruptionBudget argocd/argocd-applicationset-controller',
      'PodDisruptionBudget argocd/argocd-repo-server',
      'PodDisruptionBudget argocd/argocd-server',
    ],
    controls: ['evict-unhealthy-pods'],
    component: 'delivery',
    optional: 'A single replica has no budget.',
    reason: 'The chart writes the budget, and has no value for it.',
  }),
  ...exemptions({
    objects: ['PodDisruptionBudget gatekeeper-system/gatekeeper-controller-manager'],
    controls: ['evict-unhealthy-pods'],
    component: 'policy',
    reason: 'The chart always writes the budget, and has no value for it.',
  }),
];
