import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../../stacks/schema';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import { withDisk } from '../foundation/resources';
import { pullSecrets } from '../foundation/scheduling';
import type { Values } from '../foundation/values';
import { CATALOGUE } from '../catalogue';
import { NOBODY } from '../mesh/authorization';
import {
  apiServerSpec,
  CALICO_NAMESPACE,
  defaultDenySpec,
  felixMonitorSpec,
  installationSpec,
} from './installation';

export type CalicoArgs = ComponentArgs;

/** Values of the chart tigera-operator: the operator alone. What it installs are custom resources of ours. */
export function operatorValues(settings: Settings): Values {
  const off = { enabled: false };
  return {
    installation: { ...off, imagePullSecrets: pullSecrets(settings) },
    apiServer: off,
    goldmane: off,
    whisker: off,
    // CRDs are layer zero.
    manageCRDs: false,
    tigeraOperator: { registry: settings.images.registry ?? 'quay.io' },
    priorityClassName: 'system-cluster-critical',
    resources: withDisk({ requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } }),
  };
}

/** The pod network and its policies: Calico with native v3 CRDs, run by the Tigera operator. */
export class Calico extends PlatformComponent {
  constructor(name: string, args: CalicoArgs, opts: pulumi.ComponentResourceOptions) {
    super('network', name, args, opts);
    if (args.foundation.manages('tigera-operator')) {
      const felix = this.createFelixConfiguration(name);
      const operator = this.installOperator();
      const installation = this.createInstallation(name, operator, felix);
      this.createApiServer(name, installation);
      this.createMonitor(name, operator);
    }
    this.registerOutputs();
  }

  /** The operator adds to this object but sets no field of ours; it has to be there before the operator makes it. */
  private createFelixConfiguration(name: string): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
      `${name}-felix`,
      {
        apiVersion: 'projectcalico.org/v3',
        kind: 'FelixConfiguration',
        metadata: { name: 'default' },
        spec: { prometheusMetricsEnabled: true, usageReportingEnabled: false },
      },
      this.child(...this.args.foundation.crdsOf('projectcalico.org.v3')),
    );
  }

  private installOperator(): k8s.helm.v3.Release {
    const { foundation, settings } = this.args;
    // The operator and its uninstall Job use the hosts' network, which no NetworkPolicy concerns.
    foundation.chartNamespace('tigera-operator', {});
    return foundation.install(this, 'tigera-operator', operatorValues(settings), {
      overrides: settings.network.values,
      // Pods that need a network wait for it by themselves, and a running operator is not yet one.
      skipAwait: true,
    });
  }

  /**
   * Has Prometheus read what Felix tells on each node. Its containers name no port, and the namespace, where a Service could
   * be, is the operator's to make: so each target gets the port here.
   */
  private createMonitor(name: string, operator: pulumi.Resource): void {
    const { foundation, settings } = this.args;
    if (settings.observability.mode === 'off') return;
    new k8s.apiextensions.CustomResource(
      `${name}-monitor`,
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: { name: 'calico-node', namespace: CATALOGUE['tigera-operator'].namespace },
        spec: felixMonitorSpec(settings.observability.scrapeInterval),
      },
      this.child(...foundation.crdsOf('prometheus-operator-crds'), operator),
    );
  }

  /** Deleted before the operator, which takes Calico off the nodes while it still runs. */
  private createInstallation(name: string, ...after: pulumi.Resource[]): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
      `${name}-installation`,
      {
        apiVersion: 'operator.tigera.io/v1',
        kind: 'Installation',
        metadata: { name: 'default' },
        spec: installationSpec(this.args.settings),
      },
      this.child(...after),
    );
  }

  /** Deleted before the Installation, which the operator holds until the APIServer is gone. */
  private createApiServer(name: string, installation: pulumi.Resource): void {
    new k8s.apiextensions.CustomResource(
      `${name}-api-server`,
      {
        apiVersion: 'operator.tigera.io/v1',
        kind: 'APIServer',
        metadata: { name: 'default' },
        spec: apiServerSpec(),
      },
      this.child(installation),
    );
  }
}

export interface DefaultDenyArgs extends ComponentArgs {
  /** What must be there first: everything, since all of it needs openings of its own. */
  after: (pulumi.Resource | undefined)[];
}

/** The last objects of the platform: what no policy allows is denied, to connections by Calico and to requests by the mesh. */
export class DefaultDeny extends PlatformComponent {
  /** Whether the stack has neither of what denies. */
  readonly isEmpty: boolean;

  constructor(
    private readonly name: string,
    args: DefaultDenyArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super('isolation', name, args, opts);
    const { after, foundation } = args;
    const [hasMesh, hasNetwork] = [foundation.manages('istiod'), foundation.manages('tigera-operator')];
    if (hasMesh) this.denyRequests(after);
    if (hasNetwork) this.denyConnections(after);
    this.isEmpty = !hasMesh && !hasNetwork;
    this.registerOutputs();
  }

  private denyConnections(after: DefaultDenyArgs['after']): void {
    // Node agents have namespaces of their own: the privileged ones.
    const exempt = [CALICO_NAMESPACE, ...this.args.foundation.namespaceNames('privileged')];
    new k8s.apiextensions.CustomResource(
      this.name,
      {
        apiVersion: 'projectcalico.org/v3',
        kind: 'GlobalNetworkPolicy',
        metadata: { name: 'default-deny', labels: { 'projectcalico.org/tier': 'default' } },
        spec: defaultDenySpec(exempt),
      },
      this.child(...after),
    );
  }

  private denyRequests(after: DefaultDenyArgs['after']): void {
    new k8s.apiextensions.CustomResource(
      `${this.name}-requests`,
      {
        apiVersion: 'security.istio.io/v1',
        kind: 'AuthorizationPolicy',
        // In Istio's own namespace, where it holds for every other one.
        metadata: { name: 'default-deny', namespace: CATALOGUE.istiod.namespace },
        spec: NOBODY,
      },
      this.child(...after),
    );
  }
}
