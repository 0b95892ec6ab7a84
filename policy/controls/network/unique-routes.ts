import type { Finding, StackControl } from '../../control';
import { describeObject, type KubernetesObject } from '../../objects';
import { claimsIn } from '../../parts/routes';
import { object, sample } from '../../samples';

const path = (value: string, pathType = 'Prefix'): object => ({
  path: value,
  pathType,
  backend: { service: { name: 'app', port: { number: 80 } } },
});
const ingress = (
  name: string,
  host: string,
  paths: object[] = [path('/')],
  annotations = {},
): KubernetesObject =>
  object('networking.k8s.io/v1', 'Ingress', {
    metadata: { name, annotations },
    spec: { ingressClassName: 'nginx', rules: [{ host, http: { paths } }] },
  });
const route = (name: string, spec: object): KubernetesObject =>
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
    metadata: { name },
    spec: { parentRefs: [{ name: 'web' }], hostnames: ['app.example.com'], ...spec },
  });
const virtualService = (name: string, spec: object): KubernetesObject =>
  object('networking.istio.io/v1', 'VirtualService', {
    metadata: { name },
    spec: {
      hosts: ['app.example.com'],
      gateways: ['samples/web'],
      http: [{ route: [{ destination: { host: 'app' } }] }],
      ...spec,
    },
  });
const HOST = 'app.example.com';

export const control: StackControl = {
  scope: 'stack',
  id: 'unique-routes',
  covers: ['NET-14'],
  title: 'No two objects claim one host and path of one entry',
  why: 'Which of two routes wins is decided by their age: a new one takes traffic from another, or gets none.',
  severity: 'medium',
  cis: [],
  nsa: 'Network policies',
  remediation: 'Give each a host or a path of its own.',
  judge: (stack) => {
    const owners = new Map<string, KubernetesObject>();
    return claimsIn(stack).flatMap(([each, claimed]): Finding[] => {
      const found = new Set<string>();
      for (const { entry, host, path: at } of claimed) {
        const key = [each.apiVersion.split('/')[0], entry, host.toLowerCase(), at].join('\n');
        const owner = owners.get(key) ?? each;
        owners.set(key, owner);
        if (owner !== each) found.add(`${describeObject(owner)} has ${host}${at} of ${entry} already`);
      }
      return [...found].map((text) => ({ object: each, found: text }));
    });
  },
  samples: {
    allowed: [
      sample('other hosts', [ingress('a', HOST), ingress('b', 'b.example.com')]),
      sample('other paths', [ingress('a', HOST, [path('/a')]), ingress('b', HOST, [path('/b')])]),
      sample('one path exactly, and what is below it', [
        ingress('a', HOST, [path('/a', 'Exact')]),
        ingress('b', HOST, [path('/a')]),
      ]),
      sample('other classes', [
        ingress('a', HOST),
        {
          ...ingress('b', HOST),
          spec: { ingressClassName: 'internal', rules: [{ host: HOST, http: { paths: [path('/')] } }] },
        },
      ]),
      sample('a canary', [
        ingress('a', HOST),
        ingress('b', HOST, undefined, { 'nginx.ingress.kubernetes.io/canary': 'true' }),
      ]),
      sample('no rules', [
        object('networking.k8s.io/v1', 'Ingress', {
          spec: { defaultBackend: { service: { name: 'app', port: { number: 80 } } } },
        }),
      ]),
      sample('routes that differ in a header', [
        route('a', { rules: [{ matches: [{ headers: [{ name: 'x-canary', value: 'yes' }] }] }] }),
        route('b', { rules: [{}] }),
      ]),
      sample('routes of other Gateways', [
        route('a', { rules: [{}] }),
        route('b', { rules: [{}], parentRefs: [{ name: 'web', namespace: 'other' }] }),
      ]),
      sample('virtual services of other paths', [
        virtualService('a', { http: [{ match: [{ uri: { prefix: '/a' } }] }] }),
        virtualService('b', { http: [{ match: [{ uri: { prefix: '/b' } }] }] }),
      ]),
      sample('short names of two namespaces', [
        virtualService('a', { hosts: ['app'], gateways: undefined }),
        {
          ...virtualService('a', { hosts: ['app'], gateways: undefined }),
          metadata: { name: 'a', namespace: 'other' },
        },
      ]),
      sample('no hosts', [virtualService('a', { hosts: [], http: [] })]),
    ],
    denied: [
      sample('one host', [ingress('a', HOST), ingress('b', HOST)]),
      sample('one host in other letters', [
        virtualService('a', {}),
        virtualService('b', { hosts: ['APP.example.com'] }),
      ]),
      sample('no host', [ingress('a', ''), ingress('b', '')]),
      sample('one path of two', [
        ingress('a', HOST, [path('/a')]),
        ingress('b', HOST, [path('/b'), path('/a')]),
      ]),
      sample('in another namespace', [
        ingress('a', HOST),
        { ...ingress('a', HOST), metadata: { name: 'a', namespace: 'other' } },
      ]),
      sample('routes', [route('a', { rules: [{}] }), route('b', { rules: [{}] })]),
      sample('a route of the path that is the default', [
        route('a', { rules: [{}] }),
        route('b', { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }] }),
      ]),
      sample('virtual services', [virtualService('a', {}), virtualService('b', {})]),
      sample('a gateway of the same namespace by its short name', [
        virtualService('a', {}),
        virtualService('b', { gateways: ['web'] }),
      ]),
    ],
  },
};
