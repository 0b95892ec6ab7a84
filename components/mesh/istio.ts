import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../../stacks/schema';
import { CATALOGUE } from '../catalogue';
import { ACME_SOLVER } from '../certificates/issuers';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import type { Values } from '../foundation/values';
import { ANYONE_TO_GATEWAY } from './authorization';
import { certificateSpec, GATEWAY_CERTIFICATE, gatewaySpec, redirectSpec, serviceSpec } from './gateway';
import { monitors, telemetrySpec } from './telemetry';
import { cniTraffic, controlPlaneTraffic, gatewayTraffic } from './traffic';
import { baseValues, cniValues, GATEWAY_RELEASE, gatewayValues, istiodValues } from './values';

export type IstioArgs = ComponentArgs;

const SYSTEM = CATALOGUE.istiod.namespace;
const INGRESS = CATALOGUE.gateway.namespace;

/** Service mesh and the way in: Istio's control plane, its CNI agent, mutual TLS for all, and a gateway. */
export class Istio extends PlatformComponent {
  /** What the DNS records of the platform's host names point to; unset where the gateway is not installed here. */
  readonly gatewayAddress: pulumi.Output<string> | undefined;
  /** Namespaces made here, by name. */
  private readonly namespaces: Record<string, pulumi.Resource>;

  constructor(
    private readonly name: string,
    args: IstioArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super('mesh', name, args, opts);
    const managed = args.foundation.manages('istiod');
    this.namespaces = managed ? this.createNamespaces() : {};
    if (managed) {
      this.gatewayAddress = this.createService(this.installCharts());
      this.createMeshPolicy();
      this.createMonitors();
    }
    this.createGateway();
    this.registerOutputs();
  }

  private createNamespaces(): Record<string, pulumi.Resource> {
    const { foundation, settings } = this.args;
    const system = foundation.chartNamespace('istiod', controlPlaneTraffic(settings));
    foundation.chartNamespace('cni', cniTraffic(settings));
    // Injection is what turns the gateway's pods into proxies: where it is disabled for the namespace, not even
    // the label on the pod asks for it.
    const ingress = foundation.namespace(INGRESS, CATALOGUE.gateway.podSecurity, {
      traffic: gatewayTraffic(settings),
      mesh: true,
      criticalPods: true,
    });
    return { [SYSTEM]: system.namespace, [INGRESS]: ingress.namespace };
  }

  /** Returns the gateway's release. */
  private installCharts(): k8s.helm.v3.Release {
    const { foundation, settings } = this.args;
    const overrides = settings.mesh.values;
    foundation.install(this, 'base', baseValues(), { overrides: overrides?.base });
    foundation.install(this, 'cni', cniValues(settings), { overrides: overrides?.cni });
    foundation.install(this, 'istiod', istiodValues(settings), { overrides: overrides?.istiod });
    return foundation.install(this, 'gateway', gatewayValues(settings), { overrides: overrides?.gateway });
  }

  /** Returns its address. The gateway's pods are ready by then: the Service comes after their release. */
  private createService(gateway: k8s.helm.v3.Release): pulumi.Output<string> {
    const { settings } = this.args;
    const annotations = { ...settings.mesh.gateway.annotations, ...awaitOf(settings) };
    const service = new k8s.core.v1.Service(
      `${this.name}-gateway`,
      {
        metadata: { name: GATEWAY_RELEASE, namespace: INGRESS, annotations },
        spec: serviceSpec(settings),
      },
      this.child(gateway),
    );
    return pulumi.all([service.spec, service.status]).apply(([spec, status]) => addressOf(spec, status));
  }

  /** What holds in the whole mesh: Istio takes what stands in its own namespace for every other one. */
  private createMeshPolicy(): void {
    const { mesh } = this.args.settings;
    const authentication = { mtls: { mode: mesh.mtls } };
    this.createMeshResource('security', 'PeerAuthentication', SYSTEM, 'default', authentication);
    this.createMeshResource(
      'security',
      'AuthorizationPolicy',
      INGRESS,
      'anyone-to-gateway',
      ANYONE_TO_GATEWAY,
    );
    this.createMeshResource('telemetry', 'Telemetry', SYSTEM, 'mesh-default', telemetrySpec(mesh));
  }

  private createMonitors(): void {
    const { foundation, settings } = this.args;
    for (const { name, kind, spec } of monitors(settings)) {
      new k8s.apiextensions.CustomResource(
        `${this.name}-${name}-monitor`,
        { apiVersion: 'monitoring.coreos.com/v1', kind, metadata: { name, namespace: SYSTEM }, spec },
        this.child(this.namespaces[SYSTEM], ...foundation.crdsOf('prometheus-operator-crds')),
      );
    }
  }

  private createGateway(): void {
    const { settings } = this.args;
    this.createMeshResource('networking', 'Gateway', INGRESS, 'platform', gatewaySpec(settings));
    if (settings.certificates.mode === 'off') return;
    this.createMeshResource('networking', 'Gateway', INGRESS, 'platform-http', redirectSpec());
    this.createCertificate(settings.certificates.issuer === 'acme' ? this.createSolverAccount() : undefined);
  }

  private createSolverAccount(): k8s.core.v1.ServiceAccount {
    return new k8s.core.v1.ServiceAccount(
      `${this.name}-${ACME_SOLVER}`,
      { metadata: { name: ACME_SOLVER, namespace: INGRESS }, automountServiceAccountToken: false },
      this.child(this.namespaces[INGRESS]),
    );
  }

  private createCertificate(solver: pulumi.Resource | undefined): void {
    const { foundation, settings } = this.args;
    new k8s.apiextensions.CustomResource(
      `${this.name}-gateway-certificate`,
      {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        // Where the gateway's pods look for it: in their own namespace.
        metadata: { name: GATEWAY_CERTIFICATE, namespace: INGRESS },
        spec: certificateSpec(settings),
      },
      // cert-manager's webhook guards it.
      this.child(
        this.namespaces[INGRESS],
        solver,
        ...foundation.crdsOf('cert-manager'),
        foundation.release('cert-manager'),
      ),
    );
  }

  /** istiod's webhook guards every one of them: they come after it and go before it. */
  private createMeshResource(
    group: 'networking' | 'security' | 'telemetry',
    kind: string,
    namespace: string,
    name: string,
    spec: Values,
  ): void {
    const { foundation } = this.args;
    new k8s.apiextensions.CustomResource(
      `${this.name}-${kind.toLowerCase()}-${name}`,
      { apiVersion: `${group}.istio.io/v1`, kind, metadata: { name, namespace }, spec },
      this.child(
        this.namespaces[namespace],
        ...foundation.crdsOf('base'),
        foundation.release('base'),
        foundation.release('istiod'),
      ),
    );
  }
}

/**
 * What the provider waits for: the load balancer's address. Left to itself it would wait ten more seconds for the
 * endpoints to settle.
 */
function awaitOf({ mesh }: Settings): Record<string, string> {
  return mesh.gateway.service === 'LoadBalancer'
    ? { 'pulumi.com/waitFor': 'jsonpath={.status.loadBalancer.ingress[0]}' }
    : { 'pulumi.com/skipAwait': 'true' };
}

/** As the API server gives them: the provider's types promise more fields than a Service has. */
interface ServiceSpec {
  clusterIP?: string;
}
interface ServiceStatus {
  loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] };
}

/** The load balancer's address; where there is none, the one inside the cluster. */
export function addressOf(spec?: ServiceSpec, status?: ServiceStatus): string {
  const first = status?.loadBalancer?.ingress?.[0];
  return first?.ip ?? first?.hostname ?? spec?.clusterIP ?? '';
}
