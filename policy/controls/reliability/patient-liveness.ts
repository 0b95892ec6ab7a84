import { eachContainer, type ObjectControl } from '../../control';
import { container, pod, sample, workload } from '../../samples';

/** CEL: a whole number; the API server takes one that is left out, or 0, for the default. */
const number = (field: string, preset: number): string =>
  `(int(${field}.orValue(0)) == 0 ? ${preset} : int(${field}.orValue(0)))`;
/** CEL: how long a probe may fail before it counts, in seconds. */
const patience = (probe: string): string =>
  `${number(`c.?${probe}.?failureThreshold`, 3)} * ${number(`c.?${probe}.?periodSeconds`, 10)}`;
/** CEL: what a probe asks, as text. */
const question = (probe: string): string => {
  const field = (path: string, preset = ''): string => `string(c.?${probe}.?${path}.orValue('${preset}'))`;
  return `[${[
    field('httpGet.?scheme', 'HTTP'),
    field('httpGet.?port'),
    field('httpGet.?path', '/'),
    field('tcpSocket.?port'),
    field('grpc.?port'),
    field('grpc.?service'),
  ].join(', ')}].join(' ') + c.?${probe}.?exec.?command.orValue([]).join(' ')`;
};
const both = 'c.?livenessProbe.hasValue() && c.?readinessProbe.hasValue()';
const ok =
  `!(${both}) || (${question('livenessProbe')}) != (${question('readinessProbe')}) || ` +
  `${patience('livenessProbe')} > ${patience('readinessProbe')}`;

const probed = (liveness: object, readiness?: object, name = 'app'): object =>
  container({ name, livenessProbe: liveness, ...(readiness ? { readinessProbe: readiness } : {}) });
const http = (path: string, more: object = {}): object => ({ httpGet: { port: 8080, path }, ...more });
const exec = (...command: string[]): object => ({ exec: { command } });

export const control: ObjectControl = {
  scope: 'object',
  id: 'patient-liveness',
  covers: ['REL-03'],
  title: 'No liveness probe asks what the readiness probe asks and gives up as soon',
  why: 'A pod that is only busy is then restarted instead of spared, and its load falls on the others, until all restart.',
  severity: 'low',
  cis: [],
  match: ['podBearing'],
  ...eachContainer(ok, "'has equal liveness and readiness probes'", 'variables.plannedContainers'),
  remediation: 'Let the liveness probe ask something else, or give it a higher failureThreshold.',
  samples: {
    allowed: [
      sample('none', pod()),
      sample('one of them', pod({ containers: [probed(http('/live'))] })),
      // Else the two are told apart by what they ask: a port, or a command.
      sample('liveness alone, by a command that is empty', pod({ containers: [probed(exec(''))] })),
      sample(
        'readiness alone, by a command that is empty',
        pod({ containers: [container({ readinessProbe: exec('') })] }),
      ),
      sample('another path', pod({ containers: [probed(http('/live'), http('/ready'))] })),
      sample('another way', pod({ containers: [probed(http('/'), { tcpSocket: { port: 8080 } })] })),
      sample('more patience', pod({ containers: [probed(http('/', { failureThreshold: 6 }), http('/'))] })),
      sample('longer periods', pod({ containers: [probed(http('/', { periodSeconds: 60 }), http('/'))] })),
      sample(
        'more patience than asked of the other',
        pod({ containers: [probed(http('/'), http('/', { failureThreshold: 2 }))] }),
      ),
      sample(
        'longer periods than those of the other',
        pod({ containers: [probed(http('/'), http('/', { periodSeconds: 5 }))] }),
      ),
      sample('another command', pod({ containers: [probed(exec('live'), exec('ready'))] })),
      sample('in a Job', workload('Job', { containers: [probed(http('/live'), http('/ready'))] })),
    ],
    denied: [
      sample('equal', pod({ containers: [probed(http('/health'), http('/health'))] })),
      sample(
        'equal but for defaults',
        pod({
          containers: [
            probed(http('/health', { failureThreshold: 3 }), http('/health', { periodSeconds: 10 })),
          ],
        }),
      ),
      sample(
        'the path of the root, written and not',
        pod({ containers: [probed({ httpGet: { port: 8080 } }, http('/'))] }),
      ),
      sample('less patience', pod({ containers: [probed(http('/', { failureThreshold: 1 }), http('/'))] })),
      sample(
        'a little less patience',
        pod({ containers: [probed(http('/', { failureThreshold: 2 }), http('/'))] }),
      ),
      sample('shorter periods', pod({ containers: [probed(http('/', { periodSeconds: 5 }), http('/'))] })),
      sample(
        'equal ports',
        pod({ containers: [probed({ tcpSocket: { port: 1 } }, { tcpSocket: { port: 1 } })] }),
      ),
      sample('equal commands', pod({ containers: [probed(exec('check', 'all'), exec('check', 'all'))] })),
      sample(
        'a sidecar',
        pod({ initContainers: [{ ...probed(http('/'), http('/'), 'init'), restartPolicy: 'Always' }] }),
      ),
      sample(
        'in a Deployment',
        workload('Deployment', { containers: [container(), probed(http('/'), http('/'), 'b')] }),
      ),
    ],
  },
};
