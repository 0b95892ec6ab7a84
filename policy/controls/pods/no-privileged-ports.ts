import { eachContainer, type ObjectControl } from '../../control';
import { container, pod, sample, workload } from '../../samples';

const low =
  'c.?ports.orValue([]).filter(p, int(p.containerPort) < 1024 && ' +
  '!(string(int(p.containerPort)) in variables.params.allowed))';

const listening = (...ports: number[]): object =>
  container({ ports: ports.map((containerPort) => ({ containerPort })) });

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-privileged-ports',
  covers: ['POD-09'],
  title: 'No container listens on a port below 1024',
  why: 'Such a port needs root or a capability; and one of them, 22, means a shell that is open to the network.',
  severity: 'low',
  cis: [],
  nsa: 'Non-root containers',
  match: ['podBearing'],
  parameters: {
    allowed: {
      type: 'array',
      items: { type: 'string', pattern: '^[0-9]+$' },
      description: 'Ports below 1024 that containers may listen on all the same.',
      default: [],
    },
  },
  ...eachContainer(
    `${low}.size() == 0`,
    `'listens on port ' + ${low}.map(p, string(int(p.containerPort))).join(', ')`,
    // The API server refuses ports on ephemeral containers.
    'variables.plannedContainers',
  ),
  remediation: 'Listen on a port above 1023, and map it to the low one in the Service.',
  samples: {
    allowed: [
      sample('no ports', pod()),
      sample('empty ports', pod({ containers: [container({ ports: [] })] })),
      sample('the lowest', pod({ containers: [listening(1024)] })),
      sample('several', pod({ containers: [listening(8080, 9090)] })),
      sample('an allowed one', pod({ containers: [listening(443)] }), { allowed: ['443'] }),
      sample('in a Deployment', workload('Deployment', { containers: [listening(8443)] })),
    ],
    denied: [
      sample('a low one', pod({ containers: [listening(80)] })),
      sample('the highest', pod({ containers: [listening(1023)] })),
      sample('the shell', pod({ containers: [listening(22)] })),
      sample('the second', pod({ containers: [listening(8080, 443)] })),
      sample('beside an allowed one', pod({ containers: [listening(443, 80)] }), { allowed: ['443'] }),
      sample(
        'a sidecar',
        pod({ initContainers: [{ ...listening(80), name: 'init', restartPolicy: 'Always' }] }),
      ),
      sample('in a CronJob', workload('CronJob', { containers: [listening(22)] })),
    ],
  },
};
