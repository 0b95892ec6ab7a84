import { eachContainer, type ObjectControl } from '../../control';
import { amount, QUANTITY } from '../../parts/quantities';
import { container, pod, sample, workload } from '../../samples';

const RESOURCES = ['cpu', 'memory'];
const exceeds = (resource: string): string =>
  ['limits', 'requests']
    .map(
      (list) => `${amount(list as 'limits', resource)}.isGreaterThan(quantity(variables.params.${resource}))`,
    )
    .join(' || ');

const of = (limits: object, requests?: object): object =>
  container({ resources: { limits, ...(requests ? { requests } : {}) } });

export const control: ObjectControl = {
  scope: 'object',
  id: 'resource-maximum',
  covers: ['RES-03'],
  title: 'No container may use more CPU or memory than the maximum',
  why: 'One container that may take a whole node takes it from all others there, by a fault or by an attack.',
  severity: 'medium',
  cis: [],
  nsa: 'Resource policies',
  match: ['podBearing'],
  parameters: {
    cpu: { type: 'string', pattern: QUANTITY, description: 'The most CPU of a container.', default: '4' },
    memory: {
      type: 'string',
      pattern: QUANTITY,
      description: 'The most memory of a container.',
      default: '8Gi',
    },
  },
  ...eachContainer(
    `!(${RESOURCES.map(exceeds).join(' || ')})`,
    `'may use more than ' + (${exceeds('cpu')} ? variables.params.cpu + ' of CPU' : variables.params.memory + ' of memory')`,
    'variables.plannedContainers',
  ),
  remediation: 'Lower resources.limits and resources.requests, or raise the parameter that says the maximum.',
  samples: {
    allowed: [
      sample('less', pod({ containers: [of({ cpu: '500m', memory: '512Mi' })] })),
      sample('just as much', pod({ containers: [of({ cpu: '4000m', memory: '8192Mi' })] })),
      sample('numbers', pod({ containers: [of({ cpu: 4, memory: 8589934592 })] })),
      sample('no limits, which another control judges', pod()),
      sample('empty limits', pod({ containers: [of({})] })),
      sample('as much as is allowed', pod({ containers: [of({ memory: '32Gi' })] }), { memory: '32Gi' }),
      sample('in a CronJob', workload('CronJob', { containers: [of({ cpu: 1 })] })),
    ],
    denied: [
      sample('a little more CPU', pod({ containers: [of({ cpu: '4001m' })] })),
      sample('more memory', pod({ containers: [of({ memory: '9Gi' })] })),
      sample('more memory in another unit', pod({ containers: [of({ memory: '9G' })] })),
      sample('more in an exponent', pod({ containers: [of({ cpu: '1', memory: '1e11' })] })),
      sample('a number', pod({ containers: [of({ cpu: 5 })] })),
      sample(
        'more is asked for',
        pod({ containers: [container({ resources: { requests: { cpu: '5' } } })] }),
      ),
      sample(
        'more memory is asked for',
        pod({ containers: [container({ resources: { requests: { memory: '9Gi' } } })] }),
      ),
      sample('more than is allowed', pod({ containers: [of({ cpu: '300m' })] }), { cpu: '250m' }),
      sample('an init container', pod({ initContainers: [{ ...of({ memory: '1Ti' }), name: 'init' }] })),
      sample(
        'in a Deployment',
        workload('Deployment', { containers: [container(), { ...of({ cpu: '64' }), name: 'b' }] }),
      ),
    ],
  },
};
