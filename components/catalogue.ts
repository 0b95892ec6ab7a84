/**
 * The chart catalogue: what is installed. Data only; the archives' digests live in `charts.lock.json`.
 * A new chart is one row here and one component.
 */

/** Pod Security level that a namespace enforces. */
export type PodSecurityLevel = 'privileged' | 'baseline' | 'restricted';

/** Area of the settings, and so the component, that a chart belongs to. */
export type Area =
  | 'network'
  | 'certificates'
  | 'metrics'
  | 'mesh'
  | 'policy'
  | 'runtimeSecurity'
  | 'observability'
  | 'backup'
  | 'delivery';

export interface ChartRow {
  area: Area;
  /** Helm repository (https://) or OCI registry path (oci://) of the publisher. */
  repository: string;
  /** Exact chart version, as in its Chart.yaml. */
  version: string;
  /** Name of the Helm release. */
  release: string;
  /** Namespace of the release; rows of one namespace agree on its level. */
  namespace: string;
  podSecurity: PodSecurityLevel;
  /**
   * Where the chart's CustomResourceDefinitions come from: the values with which its render holds them. They
   * are taken from that render and installed first, as a release of their own. Absent: it has none.
   */
  crds?: { values: Record<string, unknown> };
  /** The chart is nothing but CRDs: no release of its own beside them. */
  crdsOnly?: true;
  /** Rows whose kinds this chart's objects use; its own are implied. */
  uses: ChartName[];
  /** Rows whose release must be ready before this one starts. */
  after: ChartName[];
}

const CALICO = 'https://docs.tigera.io/calico/charts';
const ISTIO = 'https://istio-release.storage.googleapis.com/charts';
const PROMETHEUS = 'https://prometheus-community.github.io/helm-charts';

const rows = {
  'projectcalico.org.v3': {
    area: 'network',
    repository: CALICO,
    version: 'v3.32.1',
    release: 'calico-crds',
    namespace: 'tigera-operator',
    podSecurity: 'privileged',
    crds: { values: {} },
    crdsOnly: true,
    uses: [],
    after: [],
  },
  'tigera-operator': {
    area: 'network',
    repository: CALICO,
    version: 'v3.32.1',
    release: 'calico',
    namespace: 'tigera-operator',
    podSecurity: 'privileged',
    uses: ['projectcalico.org.v3'],
    after: [],
  },
  'prometheus-operator-crds': {
    area: 'observability',
    repository: PROMETHEUS,
    version: '31.0.1',
    release: 'prometheus-operator-crds',
    namespace: 'monitoring',
    podSecurity: 'restricted',
    crds: { values: {} },
    crdsOnly: true,
    uses: [],
    after: [],
  },
  'cert-manager': {
    area: 'certificates',
    repository: 'https://charts.jetstack.io',
    version: 'v1.21.1',
    release: 'cert-manager',
    namespace: 'cert-manager',
    podSecurity: 'restricted',
    crds: { values: { crds: { enabled: true } } },
    uses: ['prometheus-operator-crds'],
    after: ['tigera-operator'],
  },
  'metrics-server': {
    area: 'metrics',
    repository: 'https://kubernetes-sigs.github.io/metrics-server/',
    version: '3.13.1',
    release: 'metrics-server',
    namespace: 'metrics-server',
    podSecurity: 'restricted',
    uses: ['cert-manager', 'prometheus-operator-crds'],
    // Its serving certificate is cert-manager's, whose webhook guards the request for it.
    after: ['cert-manager'],
  },
  base: {
    area: 'mesh',
    repository: ISTIO,
    version: '1.30.3',
    release: 'istio-base',
    namespace: 'istio-system',
    podSecurity: 'restricted',
    crds: { values: { base: { enableCRDTemplates: true } } },
    uses: [],
    after: [],
  },
  cni: {
    area: 'mesh',
    repository: ISTIO,
    version: '1.30.3',
    release: 'istio-cni',
    namespace: 'istio-cni',
    podSecurity: 'privileged',
    uses: [],
    after: ['tigera-operator'],
  },
  istiod: {
    area: 'mesh',
    repository: ISTIO,
    version: '1.30.3',
    release: 'istiod',
    namespace: 'istio-system',
    podSecurity: 'restricted',
    uses: ['base'],
    after: ['tigera-operator', 'base'],
  },
  gateway: {
    area: 'mesh',
    repository: ISTIO,
    version: '1.30.3',
    release: 'istio-ingress',
    namespace: 'istio-ingress',
    podSecurity: 'restricted',
    uses: ['base'],
    // Its proxy is filled in by istiod's injector.
    after: ['istiod', 'cni'],
  },
  gatekeeper: {
    area: 'policy',
    repository: 'https://open-policy-agent.github.io/gatekeeper/charts',
    version: '3.23.0',
    release: 'gatekeeper',
    namespace: 'gatekeeper-system',
    podSecurity: 'restricted',
    crds: { values: {} },
    uses: [],
    after: ['tigera-operator'],
  },
  falco: {
    area: 'runtimeSecurity',
    repository: 'https://falcosecurity.github.io/charts',
    version: '9.1.0',
    release: 'falco',
    namespace: 'falco',
    podSecurity: 'privileged',
    uses: ['prometheus-operator-crds'],
    after: ['tigera-operator'],
  },
  'kube-prometheus-stack': {
    area: 'observability',
    repository: PROMETHEUS,
    version: '88.5.3',
    release: 'kube-prometheus-stack',
    namespace: 'monitoring',
    podSecurity: 'restricted',
    uses: ['prometheus-operator-crds', 'cert-manager'],
    // The operator's webhook has a certificate of cert-manager's.
    after: ['tigera-operator', 'cert-manager'],
  },
  velero: {
    area: 'backup',
    repository: 'https://vmware-tanzu.github.io/helm-charts',
    version: '12.1.0',
    release: 'velero',
    namespace: 'velero',
    podSecurity: 'restricted',
    crds: { values: {} },
    uses: ['prometheus-operator-crds'],
    after: ['tigera-operator'],
  },
  'argo-cd': {
    area: 'delivery',
    repository: 'https://argoproj.github.io/argo-helm',
    version: '10.1.1',
    release: 'argocd',
    namespace: 'argocd',
    podSecurity: 'restricted',
    crds: { values: { crds: { install: true } } },
    uses: ['prometheus-operator-crds'],
    after: ['tigera-operator'],
  },
} satisfies Record<string, Omit<ChartRow, 'uses' | 'after'> & { uses: string[]; after: string[] }>;

export type ChartName = keyof typeof rows;

export const CATALOGUE: Readonly<Record<ChartName, ChartRow>> = rows as Record<ChartName, ChartRow>;

export const CHART_NAMES = Object.keys(rows) as ChartName[];

/** File name of a chart's archive, the same in a mirror, in the cache and in the project. */
export function archiveName(chart: ChartName): string {
  return `${chart}-${CATALOGUE[chart].version}.tgz`;
}

/** File name of the chart made of another chart's CustomResourceDefinitions. */
export function crdsArchiveName(chart: ChartName): string {
  return `${chart}-crds-${CATALOGUE[chart].version}.tgz`;
}

/** Folder of the archives, relative to the project: what a release names as its chart. */
export const CHARTS_FOLDER = '.charts';

/** Name and version of the chart made of the controls; its content depends on the settings, and its digest tells it. */
export const CONTROLS_CHART = { name: 'platform-controls', version: '1.0.0' };

/** File name of that chart: each stack has its own. */
export function controlsArchiveName(stack: string): string {
  return `${CONTROLS_CHART.name}-${stack}-${CONTROLS_CHART.version}.tgz`;
}
