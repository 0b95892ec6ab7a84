import type { ObjectControl } from '../../control';
import { ingress } from '../../parts/network-samples';
import { sample } from '../../samples';

const RULES = 'object.?spec.?rules.orValue([])';
const TLS = 'object.?spec.?tls.orValue([])';
/** A wildcard stands for one label: *.example.com for a.example.com alone. */
const COVERS =
  "(t == h || (t.startsWith('*.') && h.contains('.') && h.substring(h.indexOf('.')) == t.substring(1)))";
const UNCOVERED =
  `${RULES}.map(r, r.?host.orValue('')).filter(h, h != '' && ` +
  `!${TLS}.exists(e, e.?hosts.orValue([]).exists(t, ${COVERS})))`;
/**
 * An ACME server asks over plain HTTP, and only there (RFC 8555): for that, an Ingress lives a minute. One without a
 * backend has rules: the API server sees to that.
 */
const ANSWERS_ACME =
  `(!object.?spec.?defaultBackend.hasValue() && ${RULES}.all(r, ` +
  `r.?http.?paths.orValue([]).size() > 0 && r.http.paths.all(p, ` +
  `p.?path.orValue('').matches('^/[.]well-known/acme-challenge/[A-Za-z0-9_-]+$'))))`;
const HTTP_IS_OFF =
  '(variables.params.annotations.size() == 0 || variables.params.annotations.exists(a, ' +
  "object.?metadata.?annotations[?a.split('=')[0]].orValue('') == a.substring(a.indexOf('=') + 1)))";

const off = { 'kubernetes.io/ingress.allow-http': 'false' };
const hosts = (...names: string[]): object[] => [{ hosts: names, secretName: 'app-tls' }];

const rulesOf = (...paths: string[]): object[] => {
  const http = { paths: paths.map((path) => ({ path, pathType: 'ImplementationSpecific', backend })) };
  return [{ host: 'app.example.com', http }];
};
const backend = { service: { name: 'app', port: { number: 80 } } };
/** An Ingress without TLS, for these paths. */
const plain = (paths: string[], more: object = {}): ReturnType<typeof ingress> =>
  ingress([], { tls: undefined, rules: rulesOf(...paths), ...more });
const CHALLENGE = '/.well-known/acme-challenge/0aZ_-9';

export const control: ObjectControl = {
  scope: 'object',
  id: 'ingress-tls',
  covers: ['NET-09'],
  title: 'Every Ingress serves every host over TLS alone',
  why: 'What is served over plain HTTP, passwords and sessions with it, is read and changed by whoever is on the way.',
  severity: 'high',
  cis: [],
  nsa: 'Encryption',
  match: ['ingress'],
  parameters: {
    annotations: {
      type: 'array',
      items: { type: 'string', pattern: '^[^=]+=.+$' },
      description:
        'Annotations, as key=value, of which one turns plain HTTP off; none is asked for where there are none.',
      default: [
        'alb.ingress.kubernetes.io/ssl-redirect=443',
        'haproxy.org/ssl-redirect=true',
        'ingress.kubernetes.io/force-ssl-redirect=true',
        'kubernetes.io/ingress.allow-http=false',
        'nginx.ingress.kubernetes.io/force-ssl-redirect=true',
        'traefik.ingress.kubernetes.io/router.entrypoints=websecure',
      ],
    },
  },
  expression: `${ANSWERS_ACME} || ${TLS}.size() > 0 && ${UNCOVERED}.size() == 0 && ${HTTP_IS_OFF}`,
  message:
    `${TLS}.size() == 0 ? 'it has no TLS' : ` +
    `${UNCOVERED}.size() > 0 ? 'its TLS leaves out ' + ${UNCOVERED}.join(', ') : 'it answers plain HTTP, too'`,
  remediation: 'Name every host in spec.tls, and annotate the Ingress so that it answers HTTPS alone.',
  samples: {
    allowed: [
      sample('one host', ingress(['app.example.com'], {}, off)),
      sample('several', ingress(['a.example.com', 'b.example.com'], {}, off)),
      sample('a wildcard', ingress(['a.example.com'], { tls: hosts('*.example.com') }, off)),
      sample('a wildcard for itself', ingress(['*.example.com'], {}, off)),
      sample(
        'two certificates',
        ingress(
          ['a.example.com', 'b.example.com'],
          {
            tls: [...hosts('a.example.com'), ...hosts('b.example.com')],
          },
          off,
        ),
      ),
      sample(
        'no host, which another control is about',
        ingress([], { tls: [{ secretName: 'app-tls' }], defaultBackend: backend }, off),
      ),
      sample(
        'a rule for every host, which another control is about',
        ingress(
          [],
          {
            tls: [{ secretName: 'app-tls' }],
            rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
          },
          off,
        ),
      ),
      sample(
        'the redirect of nginx',
        ingress(
          ['app.example.com'],
          {},
          {
            'nginx.ingress.kubernetes.io/force-ssl-redirect': 'true',
          },
        ),
      ),
      sample('an answer to an ACME server', plain([CHALLENGE])),
      sample('no annotation asked for', ingress(['app.example.com']), { annotations: [] }),
    ],
    denied: [
      sample('no TLS', ingress(['app.example.com'], { tls: undefined }, off)),
      sample('no TLS, and no host', ingress([], { tls: undefined, defaultBackend: backend }, off)),
      sample('an answer to an ACME server, and more', plain([CHALLENGE, '/'])),
      sample(
        'an answer to an ACME server, and another host',
        plain([CHALLENGE], { rules: [...rulesOf(CHALLENGE), ...rulesOf('/')] }),
      ),
      sample(
        'an answer to an ACME server, and a host that goes to whatever is the default',
        plain([CHALLENGE], { rules: [...rulesOf(CHALLENGE), { host: 'other.example.com' }] }),
      ),
      sample('every answer to an ACME server', plain(['/.well-known/acme-challenge/'])),
      sample(
        'an answer to an ACME server, and else a backend',
        plain([CHALLENGE], { defaultBackend: backend }),
      ),
      sample('an empty list', ingress(['app.example.com'], { tls: [] }, off)),
      sample('no hosts in it', ingress(['app.example.com'], { tls: [{ secretName: 'app-tls' }] }, off)),
      sample('another host', ingress(['app.example.com'], { tls: hosts('other.example.com') }, off)),
      sample(
        'one host of two',
        ingress(['a.example.com', 'b.example.com'], { tls: hosts('a.example.com') }, off),
      ),
      sample(
        'a wildcard for one label more',
        ingress(['a.b.example.com'], { tls: hosts('*.example.com') }, off),
      ),
      sample(
        'a wildcard for the domain itself',
        ingress(['example.com'], { tls: hosts('*.example.com') }, off),
      ),
      sample('a wildcard for a host of one label', ingress(['app'], { tls: hosts('*.example.com') }, off)),
      sample('a host that ends alike', ingress(['badexample.com'], { tls: hosts('example.com') }, off)),
      sample('plain HTTP, too', ingress(['app.example.com'])),
      sample(
        'plain HTTP by its annotation',
        ingress(['app.example.com'], {}, { 'kubernetes.io/ingress.allow-http': 'true' }),
      ),
      sample('an annotation that is not asked for', ingress(['app.example.com'], {}, off), {
        annotations: ['example.com/https=only'],
      }),
    ],
  },
};
