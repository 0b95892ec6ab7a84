import type { KubernetesObject } from '../objects';
import { object } from '../samples';

type Fields = Readonly<Record<string, unknown>>;

/** A NetworkPolicy for every pod of the namespace, unless the spec has a selector. */
export function networkPolicy(spec: Fields, name = 'sample'): KubernetesObject {
  return object('networking.k8s.io/v1', 'NetworkPolicy', {
    metadata: { name },
    spec: { podSelector: {}, ...spec },
  });
}

export function globalPolicy(spec: Fields): KubernetesObject {
  const { apiVersion, kind, metadata } = object('projectcalico.org/v3', 'GlobalNetworkPolicy');
  return { apiVersion, kind, metadata: { ...metadata, namespace: undefined }, spec };
}

export function calicoPolicy(spec: Fields): KubernetesObject {
  return object('projectcalico.org/v3', 'NetworkPolicy', { spec });
}

export function namespace(name = 'samples', labels: Fields = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } },
  };
}

export const DENY_ALL = networkPolicy({ policyTypes: ['Ingress', 'Egress'] }, 'default-deny');

/** An opening to the cluster's DNS. */
export const TO_DNS = {
  to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
};

export const ALLOW_DNS = networkPolicy({ policyTypes: ['Egress'], egress: [TO_DNS] }, 'allow-dns');

/** Calico's own example: every pod but the cluster's. */
export const CALICO_DENY = globalPolicy({
  namespaceSelector: 'has(projectcalico.org/name) && !(projectcalico.org/name starts with "kube-")',
  types: ['Ingress', 'Egress'],
});

const PORTS = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }];

/** A Service with one port. */
export function service(spec: Fields = {}, annotations?: Fields): KubernetesObject {
  return object('v1', 'Service', {
    metadata: annotations ? { annotations } : {},
    spec: { selector: { 'app.kubernetes.io/name': 'sample' }, ports: PORTS, ...spec },
  });
}

/** An Ingress that serves these hosts over TLS, unless the spec says otherwise. */
export function ingress(hosts: readonly string[], spec: Fields = {}, annotations?: Fields): KubernetesObject {
  const backend = { service: { name: 'app', port: { number: 80 } } };
  return object('networking.k8s.io/v1', 'Ingress', {
    metadata: annotations ? { annotations } : {},
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts, secretName: 'app-tls' }],
      rules: hosts.map((host) => ({ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } })),
      ...spec,
    },
  });
}

/** A Gateway of the Gateway API. */
export function gateway(...listeners: readonly Fields[]): KubernetesObject {
  return object('gateway.networking.k8s.io/v1', 'Gateway', {
    spec: { gatewayClassName: 'istio', listeners },
  });
}

/** A listener for HTTPS. */
export function listener(fields: Fields = {}): Fields {
  return {
    name: 'https',
    port: 443,
    protocol: 'HTTPS',
    hostname: 'app.example.com',
    tls: { mode: 'Terminate', certificateRefs: [{ name: 'app-tls' }] },
    ...fields,
  };
}

/** An object of Istio's networking API. */
export function istio(
  kind: 'DestinationRule' | 'Gateway' | 'VirtualService',
  spec: Fields,
): KubernetesObject {
  return object('networking.istio.io/v1', kind, { spec });
}
