import type { ObjectControl } from '../../control';
import { ingress } from '../../parts/network-samples';
import { sample } from '../../samples';

const ANNOTATIONS = 'object.?metadata.?annotations.orValue({})';
const value = 'object.metadata.annotations[a]';
/** Of either controller: ingress-nginx, and the one of NGINX itself. */
const IS_NGINX =
  "(a.startsWith('nginx.ingress.kubernetes.io/') || a.startsWith('nginx.org/') || a.startsWith('nginx.com/'))";
const IS_BAD =
  `${IS_NGINX} && (a.endsWith('-snippet') || a.endsWith('-snippets') || a in variables.params.annotations || ` +
  `variables.params.words.exists(w, ${value}.contains(w)))`;

const HOSTS = ['app.example.com'];
const annotated = (key: string, text: string): ReturnType<typeof ingress> =>
  ingress(HOSTS, {}, { [key]: text });
const nginx = (key: string, text: string): ReturnType<typeof ingress> =>
  annotated(`nginx.ingress.kubernetes.io/${key}`, text);

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-ingress-snippets',
  covers: ['NET-12'],
  title: 'No Ingress writes into the configuration of nginx',
  why: 'Who writes configuration of the controller has its ServiceAccount, and so every Secret that it reads (CVE-2021-25742).',
  severity: 'critical',
  cis: [],
  nsa: 'Network policies',
  match: ['ingress'],
  parameters: {
    annotations: {
      type: 'array',
      items: { type: 'string' },
      description: 'Annotations that controllers have written unchecked into their configuration.',
      default: [
        // CVE-2025-1097, CVE-2025-1098
        'nginx.ingress.kubernetes.io/auth-tls-match-cn',
        'nginx.ingress.kubernetes.io/mirror-host',
        'nginx.ingress.kubernetes.io/mirror-target',
      ],
    },
    words: {
      type: 'array',
      items: { type: 'string' },
      description: 'What no value of an annotation may hold: it ends a directive, or begins one.',
      default: [
        '{',
        '}',
        ';',
        '\n',
        "'",
        '"',
        'load_module',
        'lua_package',
        '_by_lua',
        'proxy_pass',
        'serviceaccount',
      ],
    },
  },
  expression: `${ANNOTATIONS}.all(a, !(${IS_BAD}))`,
  message: `'it has the annotations ' + ${ANNOTATIONS}.filter(a, ${IS_BAD}).map(a, a).join(', ')`,
  remediation: 'Drop the annotations; configure what is needed in the controller, for all.',
  samples: {
    allowed: [
      sample('no annotations', ingress(HOSTS)),
      sample('empty annotations', ingress(HOSTS, {}, {})),
      sample('a plain one', nginx('proxy-body-size', '8m')),
      sample('a pattern', nginx('rewrite-target', '/$2')),
      sample('a URL', nginx('auth-url', 'https://auth.example.com/oauth2/auth?rd=$escaped_request_uri')),
      sample('one of another controller', annotated('example.com/configuration-snippet', 'a { b; }')),
      sample('a word that is of no account', nginx('x-forwarded-prefix', '/{a}'), { words: [';'] }),
    ],
    denied: [
      sample('a snippet', nginx('configuration-snippet', 'more_set_headers "a: b";')),
      sample('an empty snippet', nginx('server-snippet', '')),
      sample('a snippet of a stream', nginx('stream-snippet', 'server {}')),
      sample('a snippet of the other controller', annotated('nginx.org/location-snippets', 'deny all')),
      sample(
        'a value that ends the directive, of the other controller',
        annotated('nginx.com/jwt-realm', 'a; b'),
      ),
      sample('a match of certificates', nginx('auth-tls-match-cn', 'CN=app')),
      sample('a mirror', nginx('mirror-target', 'https://mirror.example.com')),
      sample(
        'a value that ends the directive',
        nginx('auth-url', 'https://auth.example.com/;load_module /tmp/a.so'),
      ),
      sample('a value of two lines', nginx('permanent-redirect', 'https://example.com\nevil')),
      sample('a value with a block', nginx('rewrite-target', '/a { b')),
      sample('another one that is not allowed', nginx('auth-url', 'https://auth.example.com'), {
        annotations: ['nginx.ingress.kubernetes.io/auth-url'],
      }),
    ],
  },
};
