import type { ObjectControl } from '../../control';
import { istio } from '../../parts/network-samples';
import { sample } from '../../samples';

/** Before a slash stand the namespaces that may bind to it; a server that only redirects serves nothing of its own. */
const IS_WIDE =
  "(object.?spec.?hosts.orValue([]).exists(h, h == '*') || " +
  'object.?spec.?servers.orValue([]).exists(s, !s.?tls.?httpsRedirect.orValue(false) && ' +
  "s.?hosts.orValue([]).exists(h, h == '*' || h.endsWith('/*'))))";

const IS_PLAIN = (policy: string): string =>
  `(${policy}.?tls.?mode.orValue('') == 'DISABLE' || ` +
  `${policy}.?portLevelSettings.orValue([]).exists(p, p.?tls.?mode.orValue('') == 'DISABLE'))`;
const PLAIN =
  `(${IS_PLAIN('object.?spec.?trafficPolicy')} || ` +
  `object.?spec.?subsets.orValue([]).exists(s, ${IS_PLAIN('s.?trafficPolicy')}))`;

const HTTP = [{ route: [{ destination: { host: 'app' } }] }];
const virtualService = (...hosts: string[]): ReturnType<typeof istio> =>
  istio('VirtualService', { hosts, http: HTTP });
const gateway = (
  hosts: string[],
  tls: object = { mode: 'SIMPLE', credentialName: 'app-tls' },
): ReturnType<typeof istio> =>
  istio('Gateway', {
    selector: { istio: 'gateway' },
    servers: [{ port: { number: 443, name: 'https', protocol: 'HTTPS' }, hosts, tls }],
  });
const rule = (spec: object = {}): ReturnType<typeof istio> =>
  istio('DestinationRule', { host: 'app', ...spec });
const tls = (mode: string): object => ({ tls: { mode } });

export const control: ObjectControl = {
  scope: 'object',
  id: 'mesh-routes',
  covers: ['MSH-03'],
  title: 'No route of the mesh is for every host, and none turns TLS off',
  why: 'A route for every host takes the traffic of others; TLS that is turned off sends what proxies would encrypt in plain text.',
  severity: 'medium',
  cis: [],
  nsa: 'Encryption',
  match: ['virtualService', 'istioGateway', 'destinationRule'],
  expression: `!${PLAIN} && !${IS_WIDE}`,
  message: `${PLAIN} ? 'it turns TLS off' : 'it is for every host'`,
  remediation: 'Name the hosts; leave the TLS mode out, or set it to ISTIO_MUTUAL.',
  samples: {
    allowed: [
      sample('a VirtualService', virtualService('app.example.com')),
      sample('a VirtualService below a domain', virtualService('*.example.com')),
      sample('a Gateway', gateway(['app.example.com'])),
      sample('a Gateway below a domain, for its namespace', gateway(['./*.example.com'])),
      sample('a Gateway that redirects', gateway(['*'], { httpsRedirect: true })),
      sample('a Gateway without servers', istio('Gateway', { selector: { istio: 'gateway' } })),
      sample('a DestinationRule', rule()),
      sample('mutual TLS', rule({ trafficPolicy: tls('ISTIO_MUTUAL') })),
      sample('an empty policy', rule({ trafficPolicy: {}, subsets: [] })),
    ],
    denied: [
      sample('a VirtualService for every host', virtualService('*')),
      sample('the second host', virtualService('app.example.com', '*')),
      sample('a Gateway for every host', gateway(['*'])),
      sample('a Gateway for every host of a namespace', gateway(['shop/*'])),
      sample('a Gateway for every host of every namespace', gateway(['*/*'])),
      sample('a Gateway for every host of its namespace', gateway(['app.example.com', './*'])),
      sample('a Gateway whose redirect is off', gateway(['*'], { httpsRedirect: false })),
      sample('TLS off', rule({ trafficPolicy: tls('DISABLE') })),
      sample(
        'TLS off on a port',
        rule({ trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, ...tls('DISABLE') }] } }),
      ),
      sample(
        'TLS off on the second port of a subset',
        rule({
          subsets: [
            {
              name: 'v1',
              trafficPolicy: {
                portLevelSettings: [
                  { port: { number: 80 }, ...tls('SIMPLE') },
                  { port: { number: 81 }, ...tls('DISABLE') },
                ],
              },
            },
          ],
        }),
      ),
      sample('TLS off in a subset', rule({ subsets: [{ name: 'v1', trafficPolicy: tls('DISABLE') }] })),
      sample(
        'TLS off on a port of a subset',
        rule({
          subsets: [
            {
              name: 'v1',
              trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, ...tls('DISABLE') }] },
            },
          ],
        }),
      ),
    ],
  },
};
