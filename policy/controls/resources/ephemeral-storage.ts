import { eachContainer, type ObjectControl } from '../../control';
import { amount, QUANTITY } from '../../parts/quantities';
import { container, pod, sample, workload } from '../../samples';

const limit = amount('limits', 'ephemeral-storage');
const most = 'quantity(variables.params.maximum)';
const containers = eachContainer(
  `(sign(${limit}) == 1 || !variables.params.required) && !${limit}.isGreaterThan(${most})`,
  `(sign(${limit}) == 1 ? 'may write more than ' + variables.params.maximum : 'may fill the disk of its node')`,
  'variables.plannedContainers',
);
/** What an emptyDir holds counts as what its pod's containers wrote, so without a limit of its own it has theirs. */
const large =
  "variables.podSpec.?volumes.orValue([]).filter(v, quantity(string(v.?emptyDir.?sizeLimit.orValue('0')))" +
  `.isGreaterThan(${most}))`;

const of = (storage: unknown, name = 'app'): object =>
  container({ name, resources: { limits: { 'ephemeral-storage': storage } } });
const good = of('1Gi');
const volume = (emptyDir: object): object => ({ volumes: [{ name: 'cache', emptyDir }] });

export const control: ObjectControl = {
  scope: 'object',
  id: 'ephemeral-storage',
  covers: ['RES-05'],
  title: 'Every container limits what it may write to the disk of its node',
  why: 'A container that writes without end fills the disk, and the node drives out every pod that it has.',
  severity: 'low',
  cis: [],
  nsa: 'Resource policies',
  match: ['podBearing'],
  parameters: {
    maximum: {
      type: 'string',
      pattern: QUANTITY,
      description: 'The highest limit of a container, and of an emptyDir.',
      default: '10Gi',
    },
    required: {
      type: 'boolean',
      description: 'False where a LimitRange of each namespace gives a limit to those that have none.',
      default: true,
    },
  },
  expression: `${containers.expression} && ${large}.size() == 0`,
  message:
    `${containers.expression} ? 'the emptyDir ' + ${large}.map(v, v.name).join(', ') + ' may hold more than ' + ` +
    `variables.params.maximum : ${containers.message}`,
  culprits: `${large}.size() == 0 ? ${containers.culprits} : []`,
  remediation:
    'Set resources.limits.ephemeral-storage on each container, and a smaller sizeLimit on the emptyDir.',
  samples: {
    allowed: [
      sample('a limit', pod({ containers: [good] })),
      sample('the highest', pod({ containers: [of('10240Mi')] })),
      sample('an emptyDir with a limit', pod({ containers: [good], ...volume({ sizeLimit: '1Gi' }) })),
      sample('an emptyDir that has the limit of the containers', pod({ containers: [good], ...volume({}) })),
      sample(
        'an ephemeral container, which may have none',
        pod({ containers: [good], ephemeralContainers: [container({ name: 'debug' })] }),
      ),
      sample('no limit where a LimitRange gives one', pod(), { required: false }),
      sample('another maximum', pod({ containers: [of('20Gi')] }), { maximum: '20Gi' }),
      sample(
        'in a DaemonSet',
        workload('DaemonSet', { containers: [good], initContainers: [of('1M', 'init')] }),
      ),
    ],
    denied: [
      sample('no resources', pod()),
      sample('empty limits', pod({ containers: [container({ resources: { limits: {} } })] })),
      sample(
        'a request alone',
        pod({ containers: [container({ resources: { requests: { 'ephemeral-storage': '1Gi' } } })] }),
      ),
      sample('a limit of zero', pod({ containers: [of('0')] })),
      sample('too much where a LimitRange gives one', pod({ containers: [of('11Gi')] }), { required: false }),
      sample('too much', pod({ containers: [of('11Gi')] })),
      sample('too much by number', pod({ containers: [of(20000000000)] })),
      sample('too large an emptyDir', pod({ containers: [good], ...volume({ sizeLimit: '1Ti' }) })),
      sample('an init container', pod({ containers: [good], initContainers: [container({ name: 'init' })] })),
      sample(
        'in a Deployment',
        workload('Deployment', { containers: [good, container({ name: 'second' })] }),
      ),
    ],
  },
};
