import type { ObjectControl } from '../../control';
import { gateway, istio, listener } from '../../parts/network-samples';
import { sample } from '../../samples';

const LISTENERS = '(has(object.spec.listeners) ? object.spec.listeners : [])';
const SERVERS = '(has(object.spec.servers) ? object.spec.servers : [])';
const NAME = "l.?name.orValue('without a name')";
const PORT_NAME = "s.?port.?name.orValue('without a name')";

const IS_REDIRECT = (name: string): string => `${name} in variables.params.redirects`;
/** Implementations have options of their own names for it. */
const IS_OLD = "lowerAscii().matches('^(ssl.*|tls[ _]?v?1([._]?[01])?)$')";
const HAS_OLD_OPTION = `l.?tls.?options.orValue({}).exists(o, l.tls.options[o].${IS_OLD})`;
const TLS_IS_OLD = "s.?tls.?minProtocolVersion.orValue('') in ['TLSV1_0', 'TLSV1_1']";

const [PLAIN, PLAIN_SERVER] = [
  `l.?protocol.orValue('') == 'HTTP' && !(${IS_REDIRECT(NAME)})`,
  `s.?port.?protocol.orValue('').lowerAscii() in ['http', 'http2', 'grpc'] && !s.?tls.?httpsRedirect.orValue(false) && !(${IS_REDIRECT(PORT_NAME)})`,
];
const FROM_ALL = "l.?allowedRoutes.?namespaces.?from.orValue('Same') == 'All'";

const found = (cases: readonly (readonly [condition: string, text: string])[]): string =>
  cases.map(([condition, text]) => `${condition} ? '${text}' : `).join('') + "''";
const ofListener = found([
  [PLAIN, 'serves plain HTTP'],
  [HAS_OLD_OPTION, 'takes TLS before 1.2'],
  [FROM_ALL, 'takes routes of every namespace'],
]);
const ofServer = found([
  [PLAIN_SERVER, 'serves plain HTTP'],
  [TLS_IS_OLD, 'takes TLS before 1.2'],
]);
const FOUND =
  `(${LISTENERS}.filter(l, (${ofListener}) != '').map(l, 'the listener ' + ${NAME} + ' ' + (${ofListener})) + ` +
  `${SERVERS}.filter(s, (${ofServer}) != '').map(s, 'the server ' + ${PORT_NAME} + ' ' + (${ofServer})))`;

const http = { name: 'http', port: 80, protocol: 'HTTP', hostname: 'app.example.com' };
const allowedRoutes = (from: string): Record<string, unknown> => ({
  allowedRoutes: { namespaces: { from } },
});
const server = (fields: object = {}): object => ({
  port: { number: 443, name: 'https', protocol: 'HTTPS' },
  hosts: ['app.example.com'],
  tls: { mode: 'SIMPLE', credentialName: 'app-tls' },
  ...fields,
});
const istioGateway = (...servers: object[]): ReturnType<typeof istio> =>
  istio('Gateway', { selector: { istio: 'gateway' }, servers });
const httpServer = { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['app.example.com'] };

export const control: ObjectControl = {
  scope: 'object',
  id: 'gateway-listeners',
  covers: ['NET-13'],
  title: 'Every Gateway serves TLS of today, and routes of namespaces that it chooses',
  why: 'Plain HTTP and old TLS are read on the way; where every namespace may add routes, any tenant takes the traffic of another.',
  severity: 'medium',
  cis: [],
  nsa: 'Network separation and hardening',
  match: ['gateway', 'istioGateway'],
  parameters: {
    redirects: {
      type: 'array',
      items: { type: 'string' },
      description:
        'Names of the listeners for HTTP that answer with a redirect to HTTPS, or to an ACME server, alone.',
      default: [],
    },
  },
  expression: `${FOUND}.size() == 0`,
  message: `${FOUND}.join(', ')`,
  remediation:
    'Use HTTPS or TLS of 1.2 at least, let allowedRoutes.namespaces.from be Same or Selector, and name listeners that only redirect in the parameter redirects.',
  samples: {
    allowed: [
      sample('HTTPS', gateway(listener())),
      sample(
        'TLS that is passed through',
        gateway(listener({ protocol: 'TLS', tls: { mode: 'Passthrough' } })),
      ),
      sample('routes of its own namespace', gateway(listener(allowedRoutes('Same')))),
      sample('routes of chosen namespaces', gateway(listener(allowedRoutes('Selector')))),
      sample('nothing said of namespaces', gateway(listener({ allowedRoutes: {} }))),
      sample(
        'an option that is of today',
        gateway(listener({ tls: { options: { 'example.com/min-version': 'TLSv1.2' } } })),
      ),
      sample('a redirect', gateway(listener(), http), { redirects: ['http'] }),
      sample("Istio's", istioGateway(server())),
      sample(
        "Istio's with a version",
        istioGateway(server({ tls: { mode: 'SIMPLE', minProtocolVersion: 'TLSV1_2' } })),
      ),
      sample("Istio's redirect", istioGateway(server(), { ...httpServer, tls: { httpsRedirect: true } })),
      sample("Istio's without servers", istioGateway()),
    ],
    denied: [
      sample('plain HTTP', gateway(http)),
      sample('the second listener', gateway(listener(), http)),
      sample('plain HTTP of another name', gateway({ ...http, name: 'plain' }), { redirects: ['http'] }),
      ...['TLSv1.0', 'TLSv1.1', 'tls1_0', 'TLS 1.1', 'TLSv1', 'SSLv3'].map((version) =>
        sample(
          `${version} as an option`,
          gateway(listener({ tls: { options: { 'example.com/min-version': version } } })),
        ),
      ),
      sample('routes of every namespace', gateway(listener(allowedRoutes('All')))),
      sample("Istio's plain HTTP", istioGateway(httpServer)),
      sample("Istio's redirect that is off", istioGateway({ ...httpServer, tls: { httpsRedirect: false } })),
      ...['TLSV1_0', 'TLSV1_1'].map((version) =>
        sample(
          `${version} of Istio's`,
          istioGateway(server({ tls: { mode: 'SIMPLE', minProtocolVersion: version } })),
        ),
      ),
    ],
  },
};
