import type { Exemption } from '../exemption';
import { exemptions } from './entry';

const BY_THE_API = 'What it does it does by the API, which it can ask only with the token of its account.';

/** Pods that get the token of their account, since they work by the API. */
const PODS = ofTokens(BY_THE_API, [
  ['network', 'Deployment tigera-operator/tigera-operator', 'Job tigera-operator/tigera-operator-uninstall'],
  [
    'certificates',
    'Deployment cert-manager/cert-manager',
    'Deployment cert-manager/cert-manager-cainjector',
    'Deployment cert-manager/cert-manager-webhook',
    'Job cert-manager/cert-manager-startupapicheck',
  ],
  ['metrics', 'Deployment metrics-server/metrics-server'],
  ['mesh', 'Deployment istio-system/istiod', 'DaemonSet istio-cni/istio-cni-node'],
  [
    'policy',
    'Deployment gatekeeper-system/gatekeeper-audit',
    'Deployment gatekeeper-system/gatekeeper-controller-manager',
  ],
  [
    'observability',
    'Deployment monitoring/kube-prometheus-stack-grafana',
    'Deployment monitoring/kube-prometheus-stack-kube-state-metrics',
    'Deployment monitoring/kube-prometheus-stack-operator',
  ],
  [
    'delivery',
    'Deployment argocd/argocd-applicationset-controller',
    'Deployment argocd/argocd-server',
    'StatefulSet argocd/argocd-application-controller',
  ],
  ['backup', 'Deployment velero/velero', 'DaemonSet velero/node-agent'],
]);

const NO_VALUE = 'The chart has no value that keeps the token of the account out of pods by default.';

/** Accounts, and pods that need no token, whose charts have no value for it. */
const FIXED = ofTokens(NO_VALUE, [
  ['network', 'ServiceAccount tigera-operator/tigera-operator'],
  ['metrics', 'ServiceAccount metrics-server/metrics-server'],
  [
    'mesh',
    'ServiceAccount istio-cni/istio-cni',
    'ServiceAccount istio-ingress/istio-ingress',
    'ServiceAccount istio-system/istiod',
    'Deployment istio-ingress/istio-ingress',
  ],
  ['policy', 'ServiceAccount gatekeeper-system/gatekeeper-admin'],
  ['runtimeSecurity', 'ServiceAccount falco/falco', 'DaemonSet falco/falco'],
  // Its one value is that of the pods, too, which need the token.
  ['backup', 'ServiceAccount velero/velero-server'],
]);

const HIGHLY_AVAILABLE = exemptions({
  objects: ['ServiceAccount argocd/argocd-redis-ha', 'ServiceAccount argocd/argocd-redis-ha-haproxy'],
  controls: ['no-token-automount'],
  component: 'delivery',
  optional: 'With fewer than three replicas Redis is one pod.',
  reason: NO_VALUE,
});

export const TOKENS: readonly Exemption[] = [...PODS, ...FIXED, ...HIGHLY_AVAILABLE];

/** Exemptions from keeping tokens out of pods, by component. */
function ofTokens(
  reason: string,
  rows: readonly (readonly [component: string, ...objects: string[]])[],
): readonly Exemption[] {
  return rows.flatMap(([component, ...objects]) =>
    exemptions({ objects, controls: ['no-token-automount'], component, reason }),
  );
}
