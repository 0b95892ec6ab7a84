import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../stacks/schema';
import { Velero } from './backup/velero';
import { CertManager } from './certificates/cert-manager';
import { ArgoCd } from './delivery/argocd';
import type { Area, ChartName } from './catalogue';
import type { ComponentArgs } from './foundation/component';
import { type Archived, Foundation } from './foundation/foundation';
import { Istio } from './mesh/istio';
import { MetricsServer } from './metrics/metrics-server';
import { Calico, DefaultDeny } from './network/calico';
import { CALICO_NAMESPACE } from './network/installation';
import { Monitoring } from './observability/monitoring';
import { createMarker } from './operations/marker';
import { SmokeCheck } from './operations/smoke';
import { keepLiveSettings } from './operations/transitions';
import { deriveOutputs, type PlatformOutputs } from './outputs';
import { Admission, refuseUnknownControls } from './policy/admission';
import { placeControls } from './policy/chart';
import { Gatekeeper } from './policy/gatekeeper';
import { Falco } from './runtime-security/falco';
import { Tenant } from './tenancy/tenant';
import { Workload } from './workload/workload';

/** Namespaces that operators make at run time. */
const OPERATOR_NAMESPACES = [CALICO_NAMESPACE, 'calico-apiserver'];

export interface PlatformArgs {
  settings: Settings;
  /** Digest of each chart's archive. */
  digests: ReadonlyMap<ChartName, string>;
  /** The chart of the controls, where the API server enforces them. */
  controls: Archived | undefined;
}

/**
 * The whole platform on one cluster. Every component waits only for what it truly needs: charts by their row in
 * the catalogue, custom resources for the CRDs and webhooks that serve them.
 */
export class Platform extends pulumi.ComponentResource {
  readonly outputs: PlatformOutputs;
  private readonly args: ComponentArgs;
  private readonly settings: Settings;
  private readonly inside: pulumi.ComponentResourceOptions;

  constructor(name: string, { controls, digests, settings }: PlatformArgs) {
    super('platform:index:Platform', name, {}, { transformations: [ownObjects] });
    this.settings = settings;
    refuseUnknownControls(settings);
    const provider = this.createProvider();
    this.inside = { parent: this, providers: [provider] };
    const marker = createMarker(this, provider);
    const kept = keepLiveSettings(settings, marker, { parent: this, provider });
    const foundation = new Foundation('foundation', { settings, provider, marker, digests }, this.inside);
    this.args = { settings, foundation };

    const network = this.createNetwork();
    const { mesh, services } = this.createSharedServices();
    const tenants = this.createTenants();
    // After what others wait for, namespaces and CRDs.
    const admission = new Admission('admission', { ...this.args, chart: controls }, this.inside);
    const platform = [kept, foundation, admission, network, mesh, ...services, ...tenants];
    const policy = this.createPolicy(platform);
    const workloads = this.createWorkloads([mesh, policy?.guard ?? policy]);
    // What waits for everything names the last of it: each edge is written into the state with every step of an update.
    const everything = [...(policy?.release ? [] : platform), policy, ...workloads];
    const isolation = new DefaultDeny('default-deny', { ...this.args, after: everything }, this.inside);
    const smoke = new SmokeCheck(
      'smoke-check',
      {
        ...this.args,
        releases: foundation.allReleases(),
        deployments: workloads.map(({ deployment }) => deployment),
        after: isolation.isEmpty ? everything : [isolation],
      },
      this.inside,
    );
    this.outputs = deriveOutputs(this.args, smoke, mesh);
    this.registerOutputs(this.outputs);
  }

  private createProvider(): k8s.Provider {
    const { kubeconfig, context } = this.settings.cluster;
    return new k8s.Provider(
      'cluster',
      {
        // Empty: KUBECONFIG of whoever runs. Left out, the SDK writes its path into the state, and a destroy or refresh,
        // which run without the program, would use the path of the last update, maybe another machine's.
        kubeconfig: kubeconfig ?? '',
        ...(context ? { context } : {}),
        // New credentials or another address of the same cluster must never replace what is on it. That it is
        // the right cluster, the marker sees to.
        clusterIdentifier: `${pulumi.getProject()}/${pulumi.getStack()}`,
        enableServerSideApply: true,
        // The default throttle of 50 requests a second makes a first `up` wait for itself.
        kubeClientSettings: { qps: 300, burst: 600 },
      },
      { parent: this },
    );
  }

  private createNetwork(): Calico | undefined {
    return this.has('network') ? new Calico('network', this.args, this.inside) : undefined;
  }

  /** What workloads build on: the mesh, and beside it the other services. */
  private createSharedServices(): { mesh: Istio | undefined; services: pulumi.Resource[] } {
    const services: pulumi.Resource[] = [];
    const { args, inside } = this;
    if (this.has('certificates')) services.push(new CertManager('certificates', args, inside));
    if (this.has('metrics')) services.push(new MetricsServer('metrics', args, inside));
    const mesh = this.has('mesh') ? new Istio('mesh', args, inside) : undefined;
    if (this.has('observability')) services.push(new Monitoring('observability', args, inside));
    if (this.has('runtimeSecurity')) services.push(new Falco('runtime-security', args, inside));
    if (this.has('backup')) services.push(new Velero('backup', args, inside));
    if (this.has('delivery')) services.push(new ArgoCd('delivery', args, inside));
    return { mesh, services };
  }

  private createTenants(): Tenant[] {
    const { foundation } = this.args;
    const taken = [...OPERATOR_NAMESPACES, ...foundation.namespaceNames()];
    const { tenants, workloads } = this.settings;
    const names = [...Object.values(workloads).map(({ namespace }) => namespace), ...Object.keys(tenants)];
    const clash = names.find((name) => taken.includes(name));
    if (clash !== undefined) {
      // A component's namespace has a level, openings and rights that are not meant for workloads.
      throw new pulumi.RunError(
        `platform:workloads or platform:tenants: namespace "${clash}" is a component's own; choose another one`,
      );
    }
    for (const { namespace, mesh } of Object.values(workloads)) {
      foundation.namespace(namespace, this.settings.security.podSecurity, { mesh });
    }
    return Object.entries(tenants).map(
      ([name, tenant]) => new Tenant(name, { ...this.args, tenant }, this.inside),
    );
  }

  /**
   * After everything but the workloads, which come after it: while Gatekeeper starts, its webhook refuses whatever it
   * can't judge yet. For the same reason it is gone before they are deleted.
   */
  private createPolicy(after: (pulumi.Resource | undefined)[]): Gatekeeper | undefined {
    return this.has('policy') ? new Gatekeeper('policy', { ...this.args, after }, this.inside) : undefined;
  }

  private createWorkloads(after: (pulumi.Resource | undefined)[]): Workload[] {
    return Object.entries(this.settings.workloads).map(
      ([name, workload]) => new Workload(name, { ...this.args, workload, after }, this.inside),
    );
  }

  private has(area: Area): boolean {
    return this.settings[area].mode !== 'off';
  }
}

/** Brings the platform up: what the program does, whoever runs it. @param charts The project's folder of charts. */
export async function createPlatform(
  args: Omit<PlatformArgs, 'controls'>,
  charts: string,
): Promise<PlatformOutputs> {
  const controls = await placeControls(pulumi.getStack(), args.settings, charts);
  return withoutTraces(() => new Platform('platform', { ...args, controls }).outputs);
}

/**
 * For each resource the SDK reads a whole stack trace, to note whence it was made: nine tenths of the time of this program,
 * and a sixth of the state. An error's own is put into words when it is first read, after this.
 */
function withoutTraces<T>(make: () => T): T {
  const before = Reflect.get<typeof Error, 'prepareStackTrace'>(Error, 'prepareStackTrace');
  Error.prepareStackTrace = String;
  try {
    return make();
  } finally {
    Error.prepareStackTrace = before;
  }
}

/**
 * How every typed object is held: what it declares is taken back from whoever else wrote it (`kubectl edit` leaves a
 * field manager, with which an update would else stop in a conflict), and its deletion has a bound (an object whose
 * finalizer nobody clears would hold a destroy for ten minutes). A Helm release sees to both itself.
 */
const ownObjects: pulumi.ResourceTransformation = ({ opts, props, type }) => {
  if (!type.startsWith('kubernetes:') || type === 'kubernetes:helm.sh/v3:Release') return undefined;
  const { metadata, ...rest } = props as { metadata?: pulumi.Input<{ annotations?: object }> };
  const owned = pulumi.output(metadata).apply((known = {}) => ({
    ...known,
    annotations: { ...known.annotations, 'pulumi.com/patchForce': 'true' },
  }));
  return {
    props: { ...rest, metadata: owned },
    opts: { ...opts, customTimeouts: { delete: '100s', ...opts.customTimeouts } },
  };
};
