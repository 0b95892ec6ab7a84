import type { ObjectControl } from '../../control';
import { gateway, istio, listener } from '../../parts/network-samples';
import { sample } from '../../samples';

const LISTENERS = 'object.?spec.?listeners.orValue([])';
const SERVERS = 'object.?spec.?servers.orValue([])';
const LISTENER = "l.?name.orValue('without a name')";
const SERVER = "s.?port.?name.orValue('without a name')";

const isRedirect = (name: string): string => `${name} in variables.params.redirects`;
const LISTENER_IS_PLAIN = `l.?protocol.orValue('') == 'HTTP' && !(${isRedirect(LISTENER)})`;
const SERVER_IS_PLAIN =
  "s.?port.?protocol.orValue('').lowerAscii() in ['grpc', 'http', 'http2'] && " +
  `!s.?tls.?httpsRedirect.orValue(false) && !(${isRedirect(SERVER)})`;
/** Implementations have options of their own names for it. */
const LISTENER_IS_OLD =
  'l.?tls.?options.orValue({}).exists(o, ' +
  "l.tls.options[o].lowerAscii().matches('^(ssl.*|tls[ _]?v?1([._]?[01])?)$'))";
const SERVER_IS_OLD = "s.?tls.?minProtocolVersion.orValue('') in ['TLSV1_0', 'TLSV1_1']";
const IS_FOR_ALL = "l.?allowedRoutes.?namespaces.?from.orValue('') == 'All'";

const BAD_LISTENER = `(${LISTENER_IS_PLAIN}) || ${LISTENER_IS_OLD} || ${IS_FOR_ALL}`;
const BAD_SERVER = `(${SERVER_IS_PLAIN}) || ${SERVER_IS_OLD}`;
const LISTENER_FOUND =
  `${LISTENER_IS_PLAIN} ? ' serves plain HTTP' : ` +
  `${LISTENER_IS_OLD} ? ' takes TLS before 1.2' : ' takes routes of every namespace'`;
const SERVER_FOUND = `${SERVER_IS_PLAIN} ? ' serves plain HTTP' : ' takes TLS before 1.2'`;

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
  nsa: 'Encryption',
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
  expression: `${LISTENERS}.all(l, !(${BAD_LISTENER})) && ${SERVERS}.all(s, !(${BAD_SERVER}))`,
  message:
    `(${LISTENERS}.filter(l, ${BAD_LISTENER}).map(l, 'the listener ' + ${LISTENER} + (${LISTENER_FOUND})) + ` +
    `${SERVERS}.filter(s, ${BAD_SERVER}).map(s, 'the server ' + ${SERVER} + (${SERVER_FOUND}))).join(', ')`,
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
      sample("Istio's answers to an ACME server", istioGateway(httpServer), { redirects: ['http'] }),
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
      sample(
        'an old option among others',
        gateway(listener({ tls: { options: { 'example.com/a': 'b', 'example.com/min-version': 'SSLv3' } } })),
      ),
      sample("Istio's plain HTTP", istioGateway(httpServer)),
      ...['HTTP2', 'GRPC', 'http'].map((protocol) =>
        sample(
          `Istio's plain ${protocol}`,
          istioGateway({ ...httpServer, port: { ...httpServer.port, protocol } }),
        ),
      ),
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
