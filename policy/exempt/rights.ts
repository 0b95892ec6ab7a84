import type { Exemption } from '../exemption';
import { exemptions } from './entry';

/** What a role breaks that changes objects of whatever kind. */
const OVER_ANY_KIND = [
  'no-role-approves-certificates',
  'no-role-changes-admission',
  'no-role-covers-tracks',
  'no-role-enters-pods',
  'no-role-makes-pods',
  'no-role-reaches-kubelets',
  'no-role-reads-secrets',
  'no-role-redirects-services',
  'no-role-relabels-namespaces',
  'no-role-wildcards',
  'no-role-writes-roles',
];

/** What operators may do because it is their work. Each role is bound to the account of one of them. */
const ROLES: readonly Exemption[] = [
  ...exemptions({
    objects: ['ClusterRole argocd-application-controller'],
    controls: [...OVER_ANY_KIND, 'no-role-escalates', 'no-role-makes-tokens', 'no-role-makes-volumes'],
    component: 'delivery',
    reason:
      'It makes whatever repositories declare, of any kind; the project says which kinds, from where and into which namespaces.',
  }),
  ...exemptions({
    objects: ['ClusterRole argocd-server'],
    controls: OVER_ANY_KIND,
    component: 'delivery',
    reason:
      'It shows, patches and deletes objects of any kind for whom its own roles let; terminals are off, and Secrets are shown without their values.',
  }),
  ...exemptions({
    objects: [
      'Role argocd/argocd-application-controller',
      'Role argocd/argocd-applicationset-controller',
      'Role argocd/argocd-server',
    ],
    controls: ['no-role-reads-secrets'],
    component: 'delivery',
    reason: 'It keeps credentials of repositories and clusters in Secrets of its namespace, found by label.',
  }),
  ...exemptions({
    objects: ['ClusterRole cert-manager-cainjector'],
    controls: ['no-role-changes-admission', 'no-role-reads-secrets'],
    component: 'certificates',
    reason:
      'It copies the CA out of the Secrets that webhooks name into the configurations of those webhooks.',
  }),
  ...exemptions({
    objects: [
      'ClusterRole cert-manager-controller-certificates',
      'ClusterRole cert-manager-controller-clusterissuers',
      'ClusterRole cert-manager-controller-issuers',
      'ClusterRole cert-manager-controller-orders',
    ],
    controls: ['no-role-reads-secrets'],
    component: 'certificates',
    reason: 'It keeps the keys of certificates and accounts in Secrets that any namespace may name.',
  }),
  ...exemptions({
    objects: ['ClusterRole cert-manager-controller-challenges'],
    controls: ['no-role-makes-pods', 'no-role-reads-secrets'],
    component: 'certificates',
    reason: 'It makes the pods that answer an ACME server, and reads credentials of DNS providers.',
  }),
  ...exemptions({
    objects: ['ClusterRole gatekeeper-manager-role'],
    controls: [
      'no-role-changes-admission',
      'no-role-enters-pods',
      'no-role-reaches-kubelets',
      'no-role-reads-secrets',
      'no-role-wildcards',
    ],
    component: 'policy',
    reason:
      'Audit reads every object of every kind that a constraint may name, and it serves a kind for each template.',
  }),
  ...exemptions({
    objects: ['Role gatekeeper-system/gatekeeper-manager-role'],
    controls: ['no-role-reads-secrets'],
    component: 'policy',
    reason: 'It makes and renews the certificate of its webhook, in a Secret of its own namespace.',
  }),
  ...exemptions({
    objects: ['ClusterRole istiod-clusterrole-istio-system'],
    controls: [
      'no-role-changes-admission',
      'no-role-covers-tracks',
      'no-role-reads-secrets',
      'no-role-redirects-services',
      'no-role-wildcards',
    ],
    component: 'mesh',
    reason:
      "It fills in the CA of its webhooks, puts the mesh's root certificate into a ConfigMap of every namespace, serves the certificates that Gateways name, and writes the state of routes.",
  }),
  ...exemptions({
    objects: ['Role istio-system/istiod'],
    controls: ['no-role-reads-secrets'],
    component: 'mesh',
    reason: "The mesh's CA keeps its key in a Secret of its own namespace.",
  }),
  ...exemptions({
    objects: ['Role istio-ingress/istio-ingress'],
    controls: ['no-role-reads-secrets'],
    component: 'mesh',
    reason: 'istiod hands a certificate only to a proxy whose account may read the Secrets of its namespace.',
  }),
  ...exemptions({
    objects: ['ClusterRole kube-prometheus-stack-operator'],
    controls: [
      'no-role-covers-tracks',
      'no-role-makes-pods',
      'no-role-reads-secrets',
      'no-role-redirects-services',
      'no-role-wildcards',
    ],
    component: 'observability',
    reason:
      'It makes the StatefulSets, Services, configuration and credentials of every Prometheus and Alertmanager, and keeps the endpoints of kubelets.',
  }),
  ...exemptions({
    objects: ['ClusterRole tigera-operator'],
    controls: [
      'no-role-changes-admission',
      'no-role-covers-tracks',
      'no-role-escalates',
      'no-role-makes-pods',
      'no-role-reads-secrets',
      'no-role-redirects-services',
      'no-role-relabels-namespaces',
      'no-role-writes-roles',
    ],
    component: 'network',
    reason:
      'It makes all of Calico: namespaces, workloads, their accounts and roles, certificates and the webhook of its policies.',
  }),
  ...exemptions({
    objects: ['ClusterRoleBinding velero-cluster-admin'],
    controls: ['no-cluster-admin-binding'],
    component: 'backup',
    reason:
      'It reads every object to back it up and makes any again, roles and bindings included, which takes every right that those hold.',
  }),
];

/** Accounts whose rights those roles are. */
const ACCOUNTS: readonly Exemption[] = (
  [
    ['network', 'tigera-operator/tigera-operator'],
    ['certificates', 'cert-manager/cert-manager', 'cert-manager/cert-manager-cainjector'],
    ['mesh', 'istio-system/istiod'],
    ['policy', 'gatekeeper-system/gatekeeper-admin'],
    ['observability', 'monitoring/kube-prometheus-stack-operator'],
    ['delivery', 'argocd/argocd-application-controller', 'argocd/argocd-server'],
    ['backup', 'velero/velero-server'],
  ] as const
).flatMap(([component, ...accounts]) =>
  exemptions({
    objects: accounts.map((account) => `ServiceAccount ${account}`),
    controls: ['permission-budget'],
    component,
    reason: 'Its pods are an operator, whose roles are exempt one by one, each with its reason.',
  }),
);

export const RIGHTS: readonly Exemption[] = [...ROLES, ...ACCOUNTS];
