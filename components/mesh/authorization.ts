import { GATEWAY_NAMESPACE } from '../foundation/route';
import type { Values } from '../foundation/values';
import { GATEWAY_LABEL } from './values';

/**
 * Specs of AuthorizationPolicies: who may ask what is in the mesh. They open for requests what network policies open
 * for connections; the identities that they see are those of certificates, which addresses can't pretend to have.
 */

/** For the whole mesh, or all of a namespace: nobody, unless another policy lets them. */
export const NOBODY: Values = {};

/** The way in is there for everyone: the world, which has no identity. */
export const ANYONE_TO_GATEWAY: Values = {
  selector: { matchLabels: { istio: GATEWAY_LABEL } },
  rules: [{}],
};

/** The gateway, and pods of these namespaces; who asks which of its own workloads is a tenant's to narrow down. */
export function fromGatewayAnd(...namespaces: string[]): Values {
  return { rules: [{ from: [{ source: { namespaces: [GATEWAY_NAMESPACE, ...namespaces] } }] }] };
}

/** Only the gateway may ask the pods with these labels, or nobody at all. */
export function onlyFromGateway(matchLabels: Record<string, string>, routed: boolean): Values {
  return { selector: { matchLabels }, ...(routed ? fromGatewayAnd() : NOBODY) };
}
