import type { KubernetesObject } from '../objects';
import { object } from '../samples';
import { namespace } from './network-samples';

type Fields = Readonly<Record<string, unknown>>;

const ROOT = { metadata: { name: 'default', namespace: 'istio-system' } };

export function peerAuthentication(spec: Fields, isMeshWide = false): KubernetesObject {
  return object('security.istio.io/v1', 'PeerAuthentication', { ...(isMeshWide ? ROOT : {}), spec });
}

export function authorizationPolicy(spec: Fields, isMeshWide = false): KubernetesObject {
  return object('security.istio.io/v1', 'AuthorizationPolicy', { ...(isMeshWide ? ROOT : {}), spec });
}

export const IN_MESH = namespace('samples', { 'istio-injection': 'enabled' });
export const IN_AMBIENT_MESH = namespace('samples', { 'istio.io/dataplane-mode': 'ambient' });
