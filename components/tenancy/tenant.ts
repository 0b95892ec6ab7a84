import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import type { Tenant as TenantSettings } from '../../stacks/schema';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import { quotaOf } from '../foundation/foundation';
import { allowWithin, type NetworkRule } from '../foundation/network-policy';
import { GATEWAY_NAMESPACE } from '../foundation/route';
import { fromGatewayAnd } from '../mesh/authorization';

export interface TenantArgs extends ComponentArgs {
  tenant: TenantSettings;
}

/** A team's namespace: its quota, its isolation, and the groups that administer it. */
export class Tenant extends PlatformComponent {
  constructor(name: string, args: TenantArgs, opts: pulumi.ComponentResourceOptions) {
    super('tenancy', `tenant-${name}`, args, opts);
    const { tenant, foundation } = args;
    const { namespace } = foundation.namespace(name, tenant.podSecurity, {
      mesh: tenant.mesh,
      quota: quotaOf(tenant.quota),
      traffic: tenantTraffic(tenant.mesh),
      labels: { 'platform.dev/tenant': name },
    });
    if (tenant.admins.length > 0) {
      new k8s.rbac.v1.RoleBinding(
        `${name}-admins`,
        {
          metadata: { name: 'tenant-admins', namespace: name },
          // The built-in role: everything in the namespace but its quota and the namespace itself.
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
          subjects: tenant.admins.map((group) => ({
            apiGroup: 'rbac.authorization.k8s.io',
            kind: 'Group',
            name: group,
          })),
        },
        this.child(namespace),
      );
    }
    if (tenant.mesh && args.settings.mesh.mode !== 'off') this.createAuthorization(name, namespace);
    this.registerOutputs();
  }

  /** What the network policies let in; the team's own policies may say more, and less in a policy that denies. */
  private createAuthorization(name: string, namespace: pulumi.Resource): void {
    const { foundation } = this.args;
    new k8s.apiextensions.CustomResource(
      `${name}-authorization`,
      {
        apiVersion: 'security.istio.io/v1',
        kind: 'AuthorizationPolicy',
        metadata: { name: 'allow-gateway-and-namespace', namespace: name },
        spec: fromGatewayAnd(name),
      },
      this.child(namespace, ...foundation.crdsOf('base'), foundation.release('istiod')),
    );
  }
}

/** What a tenant's pods need to be in the mesh, and to be reached through the gateway. The rest is the team's. */
function tenantTraffic(mesh: boolean): Record<string, NetworkRule> {
  const within = { 'allow-within-namespace': allowWithin() };
  if (!mesh) return within;
  return {
    ...within,
    'allow-istiod': { egress: { to: { namespaces: ['istio-system'] }, ports: [15012] } },
    'allow-gateway': { ingress: { from: { namespaces: [GATEWAY_NAMESPACE] }, ports: [] } },
  };
}
