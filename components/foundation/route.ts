import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import type { ComponentArgs } from './component';

/** The gateway of the platform, as routes name it: namespace/name. */
export const PLATFORM_GATEWAY = 'istio-ingress/platform';

/** Namespace that requests through the gateway come from. */
export const GATEWAY_NAMESPACE = 'istio-ingress';

export interface RouteArgs {
  /** Host name that is let in. */
  host: string;
  /** Where its requests go: a port of a Service. */
  namespace: string;
  service: string;
  port: number;
}

/** Lets requests for a host name in through the platform's gateway, which ends their TLS. */
export function createRoute(
  name: string,
  { host, namespace, port, service }: RouteArgs,
  { foundation, settings }: ComponentArgs,
  opts: { parent: pulumi.Resource; dependsOn: pulumi.Resource[] },
): k8s.apiextensions.CustomResource {
  const istiod = foundation.release('istiod');
  const destination = {
    host: `${service}.${namespace}.svc.${settings.cluster.dnsDomain}`,
    port: { number: port },
  };
  return new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: service, namespace },
      spec: { hosts: [host], gateways: [PLATFORM_GATEWAY], http: [{ route: [{ destination }] }] },
    },
    {
      parent: opts.parent,
      // istiod's webhook guards routes: they come after it and go before it.
      dependsOn: [...opts.dependsOn, ...foundation.crdsOf('base'), ...(istiod ? [istiod] : [])],
    },
  );
}
