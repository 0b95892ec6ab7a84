import { eachContainer, type ObjectControl } from '../../control';
import { container, pod, sample, workload } from '../../samples';

/** True when a quantity is zero in any notation, which means none. */
const isZero = (quantity: string): string =>
  `string(${quantity}).matches('^[+-]?0*[.]?0*([eE][+-]?[0-9]+|[numkMGTPE]i?)?$')`;
const memoryLimit = "c.?resources.?limits.?memory.orValue('0')";
const cpuLimit = "c.?resources.?limits.?cpu.orValue('0')";
// A limit without a request is the request too: so the API server fills it in before admission sees the object.
const memoryRequest = `c.?resources.?requests.?memory.orValue(${memoryLimit})`;
const cpuRequest = `c.?resources.?requests.?cpu.orValue(${cpuLimit})`;

const resources = (requests?: object, limits?: object): object =>
  container({ name: 'bad', resources: { requests, limits } });
const good = container({
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
});

export const control: ObjectControl = {
  scope: 'object',
  id: 'resource-limits',
  covers: ['RES-01', 'RES-02'],
  title: 'Every container requests CPU and memory, and limits its memory',
  why: 'Without requests the scheduler overfills nodes; without a memory limit one container takes its node down.',
  severity: 'high',
  cis: [],
  nsa: 'Resource policies',
  match: ['podBearing'],
  ...eachContainer(
    [memoryLimit, memoryRequest, cpuRequest].map((quantity) => `!${isZero(quantity)}`).join(' && '),
    `(${isZero(memoryLimit)} ? 'has no memory limit' : ${isZero(cpuRequest)} ? 'requests no CPU' : 'requests no memory')`,
    'variables.plannedContainers',
  ),
  remediation: 'Set resources.requests.cpu, resources.requests.memory and resources.limits.memory.',
  samples: {
    allowed: [
      sample('requests and a memory limit', pod({ containers: [good] })),
      sample(
        'limits alone, which are requests too',
        pod({ containers: [resources(undefined, { cpu: '1', memory: '1Gi' })] }),
      ),
      sample('plain numbers', pod({ containers: [resources({ cpu: 0.5 }, { memory: 1073741824 })] })),
      sample(
        'an ephemeral container, which may have none',
        pod({ containers: [good], ephemeralContainers: [container({ name: 'debug' })] }),
      ),
      sample(
        'in a CronJob',
        workload('CronJob', { containers: [good], initContainers: [{ ...good, name: 'init' }] }),
      ),
    ],
    denied: [
      sample('no resources', pod()),
      sample('empty resources', pod({ containers: [container({ resources: {} })] })),
      sample('no memory limit', pod({ containers: [resources({ cpu: '100m', memory: '64Mi' })] })),
      sample('no CPU request', pod({ containers: [resources({ memory: '64Mi' }, { memory: '64Mi' })] })),
      sample(
        'a memory request of 0',
        pod({ containers: [resources({ cpu: '100m', memory: '0' }, { memory: '64Mi' })] }),
      ),
      sample('a memory limit of 0', pod({ containers: [resources({ cpu: '100m' }, { memory: 0 })] })),
      sample('a memory limit of 0Mi', pod({ containers: [resources({ cpu: '100m' }, { memory: '0Mi' })] })),
      sample(
        'a CPU request of 0.0',
        pod({ containers: [resources({ cpu: '0.0' }, { cpu: '1', memory: '64Mi' })] }),
      ),
      sample('an init container', pod({ containers: [good], initContainers: [container({ name: 'init' })] })),
      sample('in a Job', workload('Job', { containers: [good, container({ name: 'second' })] })),
    ],
  },
};
