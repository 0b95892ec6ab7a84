import { eachContainer, type ObjectControl } from '../../control';
import { NAMESPACED_NAME, namespace } from '../../parts/service-accounts';
import { container, pod, sample, workload } from '../../samples';

const isAllowed = (ref: string): string =>
  `(${namespace} + '/' + ${ref}.?name.orValue('')) in variables.params.allow`;
const variables =
  'c.?env.orValue([]).filter(e, has(e.valueFrom) && has(e.valueFrom.secretKeyRef) && ' +
  `!(${isAllowed('e.valueFrom.secretKeyRef')}))`;
const sources = `c.?envFrom.orValue([]).filter(e, has(e.secretRef) && !(${isAllowed('e.secretRef')}))`;
const named =
  `(${variables}.map(e, e.name + ' of ' + e.valueFrom.secretKeyRef.?name.orValue('')) + ` +
  `${sources}.map(e, 'all of ' + e.secretRef.?name.orValue('')))`;

const one = (name = 'app', secret = 'sample'): object =>
  container({
    name,
    env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: secret, key: 'password' } } }],
  });
const all = container({ envFrom: [{ secretRef: { name: 'sample' } }] });
const allow = { allow: ['samples/sample'] };

export const control: ObjectControl = {
  scope: 'object',
  id: 'secrets-as-files',
  covers: ['SEC-01'],
  title: 'No container reads a Secret from its environment',
  why: 'An environment is inherited by every child, printed by crash reports and debug pages, and never renewed.',
  severity: 'medium',
  cis: [{ section: '5.4.1' }],
  nsa: 'Secrets',
  match: ['podBearing'],
  parameters: {
    allow: {
      type: 'array',
      items: { type: 'string', pattern: NAMESPACED_NAME },
      description: 'Secrets that may be read so, since their software knows no other way, as namespace/name.',
      default: [],
    },
  },
  ...eachContainer(
    `${variables}.size() + ${sources}.size() == 0`,
    `'has Secrets in its environment: ' + ${named}.join(', ')`,
  ),
  remediation: 'Mount the Secret as a volume, and name its file to the program.',
  samples: {
    allowed: [
      sample('no environment', pod()),
      sample('empty lists', pod({ containers: [container({ env: [], envFrom: [] })] })),
      sample('a plain value', pod({ containers: [container({ env: [{ name: 'LEVEL', value: 'info' }] })] })),
      sample(
        'from a ConfigMap',
        pod({
          containers: [
            container({
              env: [{ name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'sample', key: 'level' } } }],
              envFrom: [{ configMapRef: { name: 'sample' } }],
            }),
          ],
        }),
      ),
      sample('as a file', pod({ volumes: [{ name: 'secret', secret: { secretName: 'sample' } }] })),
      sample('an allowed one', pod({ containers: [one()] }), allow),
      sample('in a Deployment', workload('Deployment', { containers: [all] }), allow),
    ],
    denied: [
      sample('a variable', pod({ containers: [one()] })),
      sample('all of it', pod({ containers: [all] })),
      sample('beside an allowed one', pod({ containers: [one('app', 'other')] }), allow),
      sample('one of another namespace', pod({ containers: [one()] }), { allow: ['other/sample'] }),
      sample('the second variable', pod({ containers: [container(), one('second')] })),
      sample('an init container', pod({ initContainers: [one('init')] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [one('debug')] })),
      sample('in a CronJob', workload('CronJob', { containers: [all] })),
    ],
  },
};
