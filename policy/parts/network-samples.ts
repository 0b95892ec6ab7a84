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
