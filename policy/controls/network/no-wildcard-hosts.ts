import type { ObjectControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { gateway, ingress, listener } from '../../parts/network-samples';
import { object, sample } from '../../samples';

/** Protocols of listeners that have no host names. */
const NAMELESS = "l.?protocol.orValue('') in ['TCP', 'UDP']";
const HOSTS =
  "(object.kind == 'Ingress' ? object.?spec.?rules.orValue([]).map(r, r.?host.orValue('')) : " +
  `object.kind == 'Gateway' ? object.?spec.?listeners.orValue([]).filter(l, !(${NAMELESS})).map(l, l.?hostname.orValue('')) : ` +
  "object.?spec.?hostnames.orValue([]).size() > 0 ? object.spec.hostnames : [''])";
const IS_WIDE = "h == '' || h.startsWith('*')";

const route = (hostnames?: string[]): KubernetesObject =>
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
    spec: { parentRefs: [{ name: 'web' }], ...(hostnames ? { hostnames } : {}) },
  });
const nameless = (): KubernetesObject => {
  const { spec, ...rest } = ingress(['app.example.com']);
  const [rule] = (spec as { rules: object[] }).rules;
  return { ...rest, spec: { ...(spec as object), rules: [{ ...rule, host: undefined }] } };
};

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-wildcard-hosts',
  covers: ['NET-10'],
  title: 'Every way in names the hosts that it serves',
  why: 'What serves any host gets the traffic of hosts that nobody else has claimed yet, and of whoever asks by address.',
  severity: 'medium',
  cis: [],
  nsa: 'Network policies',
  match: ['ingress', 'gateway', 'httpRoute'],
  expression: `${HOSTS}.all(h, !(${IS_WIDE}))`,
  message: `'it serves ' + ${HOSTS}.filter(h, ${IS_WIDE}).map(h, h == '' ? 'any host' : h).join(', ')`,
  remediation: 'Name each host in full.',
  samples: {
    allowed: [
      sample('an Ingress', ingress(['app.example.com'])),
      sample('an Ingress of two', ingress(['a.example.com', 'b.example.com'])),
      sample('a Gateway', gateway(listener())),
      sample(
        'a Gateway that passes connections on',
        gateway({ name: 'db', port: 5432, protocol: 'TCP' }, { name: 'dns', port: 53, protocol: 'UDP' }),
      ),
      sample('a route', route(['app.example.com'])),
      sample(
        'an Ingress without rules',
        object('networking.k8s.io/v1', 'Ingress', {
          spec: { defaultBackend: { service: { name: 'app', port: { number: 80 } } } },
        }),
      ),
    ],
    denied: [
      sample('an Ingress without a host', nameless()),
      sample('an Ingress with an empty host', ingress([''], { tls: [] })),
      sample('an Ingress with a wildcard', ingress(['*.example.com'])),
      sample('the second host', ingress(['app.example.com', '*.example.com'])),
      sample('a Gateway without a host', gateway(listener({ hostname: undefined }))),
      sample(
        'a Gateway with a wildcard',
        gateway(listener(), listener({ name: 'b', hostname: '*.example.com' })),
      ),
      sample('a route without hosts', route()),
      sample('a route with an empty list', route([])),
      sample('a route with a wildcard', route(['app.example.com', '*.example.com'])),
    ],
  },
};
