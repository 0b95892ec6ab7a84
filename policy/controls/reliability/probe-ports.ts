import { eachContainer, type ObjectControl } from '../../control';
import { container, pod, sample, workload } from '../../samples';

const ACTIONS = [
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle.?postStart',
  'lifecycle.?preStop',
];
const asked = ACTIONS.flatMap((action) =>
  ['httpGet', 'tcpSocket'].map((type) => `c.?${action}.?${type}.?port`),
);
/** CEL over `c`: ports that are asked by a name that the container gives to none. A number needs no name. */
const unknown =
  `[${asked.map((port) => `string(${port}.orValue(0))`).join(', ')}]` +
  ".filter(p, !p.matches('^[0-9]+$') && !c.?ports.orValue([]).exists(q, q.?name.orValue('') == p))";

const probed = (port: unknown, ports?: object[], fields: object = {}): object =>
  container({ livenessProbe: { httpGet: { port } }, ...(ports ? { ports } : {}), ...fields });
const HTTP = [{ name: 'http', containerPort: 8080 }];

export const control: ObjectControl = {
  scope: 'object',
  id: 'probe-ports',
  covers: ['REL-04'],
  title: 'Every probe asks a port that its container has',
  why: 'A probe that asks a port without a number fails for ever, so the container is never ready or restarts for ever.',
  severity: 'medium',
  cis: [],
  match: ['podBearing'],
  ...eachContainer(
    `${unknown}.size() == 0`,
    `'asks ports that it does not name: ' + ${unknown}.join(', ')`,
    'variables.plannedContainers',
  ),
  remediation: "Add the port with its name to the container's ports, or ask it by number.",
  samples: {
    allowed: [
      sample('no probe', pod()),
      sample('a name', pod({ containers: [probed('http', HTTP)] })),
      sample('a number that is declared', pod({ containers: [probed(8080, HTTP)] })),
      sample('a number that is not', pod({ containers: [probed(8080)] })),
      sample('by gRPC', pod({ containers: [container({ livenessProbe: { grpc: { port: 8080 } } })] })),
      sample('in a CronJob', workload('CronJob', { containers: [probed('http', HTTP)] })),
    ],
    denied: [
      sample('another name', pod({ containers: [probed('https', HTTP)] })),
      sample('no ports', pod({ containers: [probed('http')] })),
      sample('a port without a name', pod({ containers: [probed('http', [{ containerPort: 8080 }])] })),
      sample(
        'the port of another container',
        pod({ containers: [probed('http'), container({ name: 'b', ports: HTTP })] }),
      ),
      sample('by TCP', pod({ containers: [container({ readinessProbe: { tcpSocket: { port: 'db' } } })] })),
      sample(
        'at the start',
        pod({
          containers: [
            container({
              startupProbe: { httpGet: { port: 'http' } },
              livenessProbe: { httpGet: { port: 1 } },
            }),
          ],
        }),
      ),
      sample(
        'before the end',
        pod({ containers: [container({ lifecycle: { preStop: { httpGet: { port: 'http' } } } })] }),
      ),
      sample(
        'a sidecar',
        pod({ initContainers: [probed('http', undefined, { name: 'init', restartPolicy: 'Always' })] }),
      ),
      sample('in a StatefulSet', workload('StatefulSet', { containers: [probed('https', HTTP)] })),
    ],
  },
};
