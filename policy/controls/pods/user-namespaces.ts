import type { ObjectControl } from '../../control';
import { container, pod, sample, workload } from '../../samples';

// The API server refuses the two together.
const impossible = [
  "variables.podSpec.?os.?name.orValue('') == 'windows'",
  ...['hostNetwork', 'hostPID', 'hostIPC'].map((field) => `variables.podSpec.?${field}.orValue(false)`),
  'variables.containers.exists(c, c.?volumeDevices.orValue([]).size() > 0)',
].join(' || ');

const supported = { supported: true };
const own = { hostUsers: false };
const blockDevice = {
  volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: 'sample' } }],
  containers: [
    container(),
    container({ name: 'disk', volumeDevices: [{ name: 'disk', devicePath: '/dev/xvda' }] }),
  ],
};

export const control: ObjectControl = {
  scope: 'object',
  id: 'user-namespaces',
  covers: ['POD-19'],
  title: 'Every pod has a user namespace of its own, where nodes support it',
  why: 'Root in such a pod is nobody on the node, so most ways out of a container end there.',
  severity: 'low',
  cis: [],
  nsa: 'Non-root containers',
  match: ['podBearing'],
  parameters: {
    supported: {
      type: 'boolean',
      description:
        'Whether the nodes support it: Linux 6.3 with idmapped mounts, and containerd 2.0 or CRI-O 1.25, or later.',
      default: false,
    },
  },
  expression: `!variables.params.supported || ${impossible} || !variables.podSpec.?hostUsers.orValue(true)`,
  message: "'the pod has the users of its node'",
  remediation: 'Set hostUsers to false.',
  samples: {
    allowed: [
      sample('a namespace of its own', pod(own), supported),
      sample('no support', pod()),
      sample('Windows', pod({ os: { name: 'windows' } }), supported),
      ...['hostNetwork', 'hostPID', 'hostIPC'].map((field) =>
        sample(field, pod({ [field]: true }), supported),
      ),
      sample('a block device', pod(blockDevice), supported),
      sample('in a Deployment', workload('Deployment', own), supported),
    ],
    denied: [
      sample('nothing said', pod(), supported),
      sample('true', pod({ hostUsers: true }), supported),
      sample(
        'with other containers',
        pod({
          initContainers: [container({ name: 'init' })],
          ephemeralContainers: [container({ name: 'debug' })],
        }),
        supported,
      ),
      sample('null', pod({ hostUsers: null }), supported),
      sample('in a CronJob', workload('CronJob'), supported),
    ],
  },
};
