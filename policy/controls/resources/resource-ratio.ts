import { eachContainer, type ObjectControl } from '../../control';
import { amount } from '../../parts/quantities';
import { container, pod, sample, workload } from '../../samples';

/** The API server takes a limit for the request, too, where nothing is requested. */
const limitOf = (resource: string): string => `c.?resources.?limits[?'${resource}'].orValue('0')`;
/** As numbers of 64 bits; a thousandth more than allowed is taken for their rounding. */
const within = (resource: string): string =>
  `${amount('limits', resource)}.asApproximateFloat() <= ` +
  `${amount('requests', resource, limitOf(resource))}.asApproximateFloat() * double(variables.params.${resource}) * 1.001`;

const of = (requests: object, limits: object, name = 'app'): object =>
  container({ name, resources: { requests, limits } });

export const control: ObjectControl = {
  scope: 'object',
  id: 'resource-ratio',
  covers: ['RES-04'],
  title: 'No container may use many times what it requests',
  why: 'Nodes are filled by requests: where limits are far above them, a busy hour takes more than the node has.',
  severity: 'low',
  cis: [],
  nsa: 'Resource policies',
  match: ['podBearing'],
  parameters: {
    cpu: {
      type: 'integer',
      minimum: 1,
      description: 'The most times that a CPU limit may be its request.',
      default: 20,
    },
    memory: {
      type: 'integer',
      minimum: 1,
      description: 'The most times that a memory limit may be its request.',
      default: 8,
    },
  },
  ...eachContainer(
    `${within('cpu')} && ${within('memory')}`,
    `'may use more than ' + (${within('cpu')} ? string(variables.params.memory) + ' times its memory request' : string(variables.params.cpu) + ' times its CPU request')`,
    'variables.plannedContainers',
  ),
  remediation: 'Bring resources.requests nearer to resources.limits.',
  samples: {
    allowed: [
      sample('equal', pod({ containers: [of({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '1Gi' })] })),
      sample(
        'just as many times',
        pod({ containers: [of({ cpu: '0.1', memory: '128Mi' }, { cpu: 2, memory: '1Gi' })] }),
      ),
      sample(
        'limits alone, which are requests too',
        pod({ containers: [container({ resources: { limits: { cpu: '4', memory: '4Gi' } } })] }),
      ),
      sample('requests alone', pod({ containers: [container({ resources: { requests: { cpu: '4' } } })] })),
      sample('nothing said', pod()),
      sample(
        'exactly three times, in fractions',
        pod({ containers: [of({ cpu: '0.7' }, { cpu: '2100m' })] }),
        { cpu: 3 },
      ),
      sample('in a Job', workload('Job', { containers: [of({ memory: '64Mi' }, { memory: '128Mi' })] })),
    ],
    denied: [
      sample('more CPU', pod({ containers: [of({ cpu: '100m' }, { cpu: '2100m' })] })),
      sample('more memory', pod({ containers: [of({ memory: '64Mi' }, { memory: '1Gi' })] })),
      sample('a request of zero', pod({ containers: [of({ memory: '0' }, { memory: '1Gi' })] })),
      sample('more than is allowed', pod({ containers: [of({ cpu: '500m' }, { cpu: '1' })] }), { cpu: 1 }),
      sample('an init container', pod({ initContainers: [of({ cpu: '10m' }, { cpu: '1' }, 'init')] })),
      sample(
        'in a StatefulSet',
        workload('StatefulSet', { containers: [container(), of({ memory: '1Mi' }, { memory: '1Gi' }, 'b')] }),
      ),
    ],
  },
};
