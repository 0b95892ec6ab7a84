import { eachContainer, type ObjectControl } from '../../control';
import { container, pod, sample, workload } from '../../samples';

// On the host's network each port is one of the host: so the API server fills it in, in a Pod.
const HOST_PORT =
  'int(p.?hostPort.orValue(0) != 0 ? p.hostPort' +
  ' : variables.podSpec.?hostNetwork.orValue(false) ? p.?containerPort.orValue(0) : 0)';
const PORT_IS_GOOD =
  `(${HOST_PORT} == 0 || ` +
  `(${HOST_PORT} >= int(variables.params.min) && ${HOST_PORT} <= int(variables.params.max)))`;
const PORTS = 'c.?ports.orValue([])';

const listening = (hostPort?: number | null, name = 'app'): Record<string, unknown> =>
  container({ name, ports: [{ containerPort: 8080, ...(hostPort === undefined ? {} : { hostPort }) }] });
const range = { min: 8000, max: 8100 };

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-host-ports',
  covers: ['PSB-08'],
  title: 'No container takes a port of its node',
  why: 'A port of the node is reached past the Service and, on some networks, past network policies; two pods that want it cannot share a node.',
  severity: 'medium',
  cis: [{ section: '5.2.12', formerly: '5.2.13' }],
  pss: 'baseline',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  parameters: {
    min: {
      type: 'integer',
      minimum: 0,
      maximum: 65535,
      description: 'The first port that may be taken; 0 for none.',
      default: 0,
    },
    max: {
      type: 'integer',
      minimum: 0,
      maximum: 65535,
      description: 'The last port that may be taken; 0 for none.',
      default: 0,
    },
  },
  ...eachContainer(
    `${PORTS}.all(p, ${PORT_IS_GOOD})`,
    `'takes port ' + ${PORTS}.filter(p, !${PORT_IS_GOOD}).map(p, string(${HOST_PORT})).join(', ') + ' of its node'`,
  ),
  remediation: 'Leave hostPort out; reach the pod through a Service.',
  samples: {
    allowed: [
      sample('no ports', pod()),
      sample('none', pod({ containers: [container({ ports: [] })] })),
      sample('a port of its own', pod({ containers: [listening()] })),
      sample('zero, which is none', pod({ containers: [listening(0)] })),
      sample('null', pod({ containers: [listening(null)] })),
      sample("the host's network without ports", pod({ hostNetwork: true })),
      sample(
        'in the range',
        pod({ containers: [listening(8000)], initContainers: [listening(8100, 'init')] }),
        range,
      ),
      sample('zero, outside the range', pod({ containers: [listening(0)] }), range),
      sample('in a StatefulSet', workload('StatefulSet', { containers: [listening()] })),
    ],
    denied: [
      sample('a port', pod({ containers: [listening(8080)] })),
      sample("any on the host's network", pod({ hostNetwork: true, containers: [listening()] })),
      sample(
        'the second port',
        pod({
          containers: [container({ ports: [{ containerPort: 1 }, { containerPort: 2, hostPort: 2 }] })],
        }),
      ),
      sample('before the range', pod({ containers: [listening(7999)] }), range),
      sample('after the range', pod({ containers: [listening(8101)] }), range),
      sample('an init container', pod({ initContainers: [listening(80, 'init')] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [listening(80, 'debug')] })),
      sample('in a DaemonSet', workload('DaemonSet', { containers: [listening(443)] })),
    ],
  },
};
