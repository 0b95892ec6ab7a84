import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { toSeconds } from '../../stacks/literals';
import type { Settings } from '../../stacks/schema';
import {
  archiveName,
  CATALOGUE,
  CHART_NAMES,
  type ChartName,
  CHARTS_FOLDER,
  crdsArchiveName,
  type PodSecurityLevel,
} from '../catalogue';
import type { NetworkRule } from './network-policy';
import { createPriorityClasses } from './priorities';
import { PlatformNamespace, type PlatformNamespaceArgs } from './namespace';
import { mergeValues } from './values';

/**
 * Privileged namespaces are those of node agents, which grow with the cluster: totals of CPU and memory would one day
 * stop an agent on a new node. What agents never need is shut.
 */
const NODE_AGENT_QUOTA = {
  pods: '10000',
  services: '20',
  'services.loadbalancers': '0',
  persistentvolumeclaims: '0',
};

export interface FoundationArgs {
  settings: Settings;
  provider: k8s.Provider;
  /** What says that the cluster is this stack's: before it, nothing is touched. */
  marker: pulumi.Resource;
  /** Digest of each chart's archive: another archive under the same name and version is an upgrade. */
  digests: ReadonlyMap<ChartName, string>;
}

/** A release by what it is installed from. */
export interface Archived {
  name: string;
  /** File name of the chart's archive. */
  archive: string;
  version: string;
  /** Of the archive, or of the one that it was derived from. */
  digest: string | undefined;
}

/**
 * The ground that components stand on: CRDs first (layer zero), namespaces as they are asked for, and the one
 * way in which a chart is installed.
 */
export class Foundation extends pulumi.ComponentResource {
  private readonly crds = new Map<ChartName, k8s.helm.v3.Release>();
  private readonly derived: k8s.helm.v3.Release[] = [];
  private readonly namespaces = new Map<string, PlatformNamespace>();
  private readonly releases = new Map<ChartName, k8s.helm.v3.Release>();
  private readonly settings: Settings;
  readonly marker: pulumi.Resource;
  /** Before every namespace, so that they are there before any pod. */
  private readonly classes: pulumi.Resource[];

  constructor(
    name: string,
    private readonly args: FoundationArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super('platform:foundation:Foundation', name, {}, { ...opts, providers: [args.provider] });
    this.settings = args.settings;
    this.marker = args.marker;
    this.classes = createPriorityClasses({ parent: this, dependsOn: [this.marker] });
    this.createCrds();
    this.registerOutputs();
  }

  /** Whether the stack installs the charts of this row itself. */
  manages(chart: ChartName): boolean {
    return this.settings[CATALOGUE[chart].area].mode === 'managed';
  }

  /** A chart's release, where the stack has it and its component came earlier. */
  release(chart: ChartName): k8s.helm.v3.Release | undefined {
    return this.releases.get(chart);
  }

  /** The releases of these charts' CRDs, for custom resources to wait for. */
  crdsOf(...charts: ChartName[]): pulumi.Resource[] {
    return charts.flatMap((chart) => this.crds.get(chart) ?? []);
  }

  /** Every release: those of derived charts, and the charts'. */
  allReleases(): k8s.helm.v3.Release[] {
    return [...this.derived, ...this.releases.values()];
  }

  /** Names of the namespaces that the platform made: all, or those that enforce one Pod Security level. */
  namespaceNames(level?: PodSecurityLevel): string[] {
    const namespaces = [...this.namespaces].filter(([, { podSecurity }]) => !level || podSecurity === level);
    return namespaces.map(([name]) => name).sort();
  }

  /** Makes a namespace with the stack's quota and defaults; asked for again, gives the same one. */
  namespace(
    name: string,
    podSecurity: PodSecurityLevel,
    options: Partial<
      Pick<PlatformNamespaceArgs, 'traffic' | 'mesh' | 'quota' | 'labels' | 'criticalPods'>
    > = {},
  ): PlatformNamespace {
    const existing = this.namespaces.get(name);
    if (existing) return existing;
    const { cluster, namespaces, protection } = this.settings;
    const namespace = new PlatformNamespace(
      name,
      {
        podSecurity,
        kubernetesVersion: cluster.kubernetesVersion,
        quota: options.quota ?? (podSecurity === 'privileged' ? NODE_AGENT_QUOTA : quotaOf(namespaces.quota)),
        containerDefaults: namespaces.limits,
        mesh: options.mesh ?? false,
        criticalPods: options.criticalPods ?? false,
        traffic: options.traffic ?? {},
        labels: options.labels ?? {},
        protect: protection.enabled,
        after: [this.marker, ...this.classes],
      },
      { parent: this },
    );
    this.namespaces.set(name, namespace);
    return namespace;
  }

  /** Makes the namespace of a chart's row. */
  chartNamespace(
    chart: ChartName,
    traffic: Record<string, NetworkRule>,
    podSecurity: PodSecurityLevel = CATALOGUE[chart].podSecurity,
  ): PlatformNamespace {
    return this.namespace(CATALOGUE[chart].namespace, podSecurity, { traffic, criticalPods: true });
  }

  /**
   * Installs a chart of the catalogue with `values`, over which the stack's own `overrides` are laid. It waits
   * for its namespace, for the CRDs of the kinds it uses and for the releases that its row names.
   */
  install(
    parent: pulumi.Resource,
    chart: ChartName,
    values: Record<string, unknown>,
    options: {
      overrides?: Record<string, unknown> | undefined;
      after?: (pulumi.Resource | undefined)[];
      /** Helm does not wait until pods are ready: a hook of the chart does, or nothing needs them (ADR 4). */
      skipAwait?: boolean;
    } = {},
  ): k8s.helm.v3.Release {
    const row = CATALOGUE[chart];
    const namespace = this.namespaces.get(row.namespace);
    const dependsOn = [
      ...(namespace?.ready ?? []),
      ...this.crdsOf(chart, ...row.uses),
      ...row.after.flatMap((name) => this.releases.get(name) ?? []),
      ...(options.after ?? []).filter((resource) => resource !== undefined),
    ];
    const release = new k8s.helm.v3.Release(
      row.release,
      {
        ...this.releaseArgs(this.archived(chart)),
        namespace: row.namespace,
        skipAwait: options.skipAwait ?? false,
        values: mergeValues(values, options.overrides ?? {}),
      },
      { parent, dependsOn, deleteBeforeReplace: true },
    );
    this.releases.set(chart, release);
    return release;
  }

  /**
   * Installs a chart that was derived here, of objects that are in no namespace. Helm keeps its record of a release in a
   * namespace, and they must outlive every namespace of ours.
   */
  installDerived(
    chart: Archived,
    args: Pick<k8s.helm.v3.ReleaseArgs, 'values'>,
    opts: pulumi.CustomResourceOptions,
  ): k8s.helm.v3.Release {
    const release = new k8s.helm.v3.Release(
      chart.name,
      { ...this.releaseArgs(chart), namespace: 'kube-system', ...args },
      { ...opts, deleteBeforeReplace: true },
    );
    this.derived.push(release);
    return release;
  }

  private createCrds(): void {
    for (const chart of CHART_NAMES) {
      const row = CATALOGUE[chart];
      if (!row.crds || !this.manages(chart)) continue;
      const name = row.crdsOnly ? row.release : `${row.release}-crds`;
      const release = this.installDerived(
        { ...this.archived(chart), name, archive: crdsArchiveName(chart) },
        {},
        { parent: this, dependsOn: [this.marker], protect: this.settings.protection.enabled },
      );
      this.crds.set(chart, release);
    }
  }

  private archived(chart: ChartName): Archived {
    const { release, version } = CATALOGUE[chart];
    return { name: release, archive: archiveName(chart), version, digest: this.args.digests.get(chart) };
  }

  /** What every release has in common. */
  private releaseArgs({ archive, digest, name, version }: Archived): k8s.helm.v3.ReleaseArgs {
    return {
      name,
      chart: `${CHARTS_FOLDER}/${archive}`,
      version,
      // The provider compares names and values, not archives.
      description: `sha256:${digest ?? 'unknown'}`,
      createNamespace: false,
      skipCrds: true,
      skipAwait: false,
      waitForJobs: true,
      // It reads the API's whole description to learn that the server validates by itself, and leaves it to that.
      disableOpenapiValidation: true,
      cleanupOnFail: true,
      timeout: toSeconds(this.settings.charts.timeout),
      maxHistory: 5,
    };
  }
}

/** Hard limits of a ResourceQuota for totals over a namespace. */
export function quotaOf(quota: Settings['namespaces']['quota']): Record<string, string> {
  return {
    'requests.cpu': quota.cpu,
    'requests.memory': quota.memory,
    'limits.memory': quota.memory,
    pods: String(quota.pods),
    services: String(quota.services),
    'services.loadbalancers': String(quota.loadBalancers),
    persistentvolumeclaims: String(quota.claims),
    'requests.storage': quota.storage,
  };
}
