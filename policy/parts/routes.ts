import type { KubernetesObject } from '../objects';
import { namespaceOf, type Stack } from '../stack';
import { fieldsOf, recordsIn } from './kubernetes-policy';

/** What an object wants of the traffic that comes in at one entry. */
export interface Claim {
  /** The class of an Ingress, or a Gateway. */
  entry: string;
  host: string;
  path: string;
}

const textsIn = (value: unknown, standard: string): string[] =>
  Array.isArray(value) && value.length > 0 ? value.map(String) : [standard];
const annotationsOf = ({ metadata }: KubernetesObject): Record<string, unknown> =>
  fieldsOf(metadata?.annotations);

/** What each object claims, in the order of the stack. */
export function claimsIn(stack: Stack): (readonly [KubernetesObject, Claim[]])[] {
  return [
    ...stack.of('ingress').map((each) => [each, ingressClaims(each)] as const),
    ...stack.of('httpRoute').map((each) => [each, routeClaims(each)] as const),
    ...stack.of('virtualService').map((each) => [each, virtualServiceClaims(each)] as const),
  ];
}

function ingressClaims(ingress: KubernetesObject): Claim[] {
  const annotations = annotationsOf(ingress);
  // A share of the traffic of another one, and so of the same host and path.
  if (annotations['nginx.ingress.kubernetes.io/canary'] === 'true') return [];
  const { ingressClassName, rules } = fieldsOf(ingress.spec);
  const named = ingressClassName ?? annotations['kubernetes.io/ingress.class'];
  const entry = typeof named === 'string' ? named : 'the default class';
  return recordsIn(rules).flatMap(({ host = '', http }) =>
    recordsIn(fieldsOf(http).paths).map(({ path = '/', pathType }) => ({
      entry,
      host: String(host),
      path: pathType === 'Exact' ? `${String(path)} exactly` : String(path),
    })),
  );
}

function routeClaims(route: KubernetesObject): Claim[] {
  const { parentRefs, hostnames, rules } = fieldsOf(route.spec);
  const matches = recordsIn(rules).flatMap((rule) =>
    recordsIn(rule.matches).length > 0 ? recordsIn(rule.matches) : [{}],
  );
  return recordsIn(parentRefs).flatMap(
    ({ namespace = namespaceOf(route), name, sectionName = '', port = '' }) =>
      textsIn(hostnames, '').flatMap((host) =>
        matches.map((match) => ({
          entry: `${String(namespace)}/${String(name)}${String(sectionName)}${String(port)}`,
          host,
          path: httpMatch(match),
        })),
      ),
  );
}

/** A match of an HTTPRoute as text: the path by itself where there is no more. */
function httpMatch({ path, ...others }: Record<string, unknown>): string {
  const { type = 'PathPrefix', value = '/' } = fieldsOf(path);
  const kind = type === 'PathPrefix' ? '' : ` by ${String(type)}`;
  const more = Object.keys(others).length > 0 ? ` with ${JSON.stringify(others)}` : '';
  return `${String(value)}${kind}${more}`;
}

function virtualServiceClaims(service: KubernetesObject): Claim[] {
  const { gateways, hosts, http } = fieldsOf(service.spec);
  const namespace = namespaceOf(service);
  const matches = recordsIn(http).flatMap(({ match }) =>
    recordsIn(match).length > 0 ? recordsIn(match) : [{}],
  );
  return textsIn(gateways, 'mesh').flatMap((gateway) =>
    textsIn(hosts, '').flatMap((host) =>
      matches.map((match) => ({
        entry: gateway.includes('/') || gateway === 'mesh' ? gateway : `${namespace}/${gateway}`,
        // Within the mesh, a short name is one of the namespace.
        host: host.includes('.') || host === '*' ? host : `${host}.${namespace}`,
        path: Object.keys(match).length > 0 ? JSON.stringify(match) : '/',
      })),
    ),
  );
}
