import type { types } from '@pulumi/kubernetes';
import type { Settings } from '../../stacks/schema';
import { PLATFORM_ISSUER } from '../certificates/issuers';
import type { Values } from '../foundation/values';
import { GATEWAY_LABEL, GATEWAY_RELEASE } from './values';

/** Specs of the way in: the Service, the Gateways that routes name, and the certificate that they show. */

/** Name of the gateway's Certificate and of the Secret it is kept in. */
export const GATEWAY_CERTIFICATE = 'platform-gateway';

const SELECTOR = { istio: GATEWAY_LABEL };

/** Spec of the gateway's Service. Only what the Gateways serve is shown, not the status port of its pods. */
export function serviceSpec({ certificates, mesh }: Settings): types.input.core.v1.ServiceSpec {
  const ports = { http2: 80, ...(certificates.mode === 'off' ? {} : { https: 443 }) };
  return {
    type: mesh.gateway.service,
    selector: { app: GATEWAY_RELEASE, ...SELECTOR },
    ports: Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: port, protocol: 'TCP' })),
  };
}

/** Spec of the Gateway that routes name: HTTPS, or plain HTTP where the stack has no certificates. */
export function gatewaySpec(settings: Settings): Values {
  const hosts = wildcardNames(settings);
  const server =
    settings.certificates.mode === 'off'
      ? { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts }
      : {
          port: { number: 443, name: 'https', protocol: 'HTTPS' },
          hosts,
          tls: { mode: 'SIMPLE', credentialName: GATEWAY_CERTIFICATE, minProtocolVersion: 'TLSV1_2' },
        };
  return { selector: SELECTOR, servers: [server] };
}

/**
 * Spec of the Gateway that sends HTTP to HTTPS. It is one of its own because a redirect holds for every route bound
 * to its Gateway: the answers to an ACME server, which are plain HTTP, stay outside.
 */
export function redirectSpec(): Values {
  return {
    selector: SELECTOR,
    servers: [
      { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'], tls: { httpsRedirect: true } },
    ],
  };
}

/** Spec of the gateway's Certificate. */
export function certificateSpec(settings: Settings): Values {
  return {
    secretName: GATEWAY_CERTIFICATE,
    dnsNames: certifiedNames(settings),
    privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
    usages: ['digital signature', 'server auth'],
    issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: PLATFORM_ISSUER },
  };
}

/** An ACME server proves each name over HTTP, which no wildcard and no name without a route could pass. */
function certifiedNames(settings: Settings): string[] {
  if (settings.certificates.issuer !== 'acme') return wildcardNames(settings);
  const hosts = routedHosts(settings);
  return hosts.length > 0 ? hosts : [settings.domain];
}

/** The domain, everything right below it, and the hosts that are elsewhere. */
function wildcardNames(settings: Settings): string[] {
  const { domain } = settings;
  const isBelow = (host: string): boolean => host.slice(host.indexOf('.') + 1) === domain;
  const elsewhere = routedHosts(settings).filter((host) => host !== domain && !isBelow(host));
  return [domain, `*.${domain}`, ...elsewhere];
}

/** Host names that have a route through the gateway, in order. */
function routedHosts({ delivery, observability, workloads }: Settings): string[] {
  const routed = Object.values(workloads).filter(({ route }) => route);
  return [
    ...routed.map(({ host }) => host),
    ...(observability.mode === 'managed' ? [observability.grafana.host] : []),
    ...(delivery.mode === 'managed' ? [delivery.host] : []),
  ].sort();
}
