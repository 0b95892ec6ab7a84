import { eachContainer, type ObjectControl } from '../../control';
import { added, isCapability, removeAdded } from '../../parts/capabilities';
import { containersIn } from '../../parts/containers';
import { container, pod, sample, workload } from '../../samples';

const adds = (...add: string[]): object =>
  container({ name: 'bad', securityContext: { capabilities: { add } } });
const isDenied = `(${isCapability('a', "'ALL'")} || variables.params.capabilities.exists(d, ${isCapability('a', 'd')}))`;

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-dangerous-capabilities',
  covers: ['POD-03'],
  title: 'No container adds a capability that is as good as root on the node',
  why: 'Who mounts, loads modules, traces processes, or changes the network of the node has left the container.',
  severity: 'critical',
  cis: [{ section: '5.2.9', formerly: '5.2.10' }],
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  parameters: {
    capabilities: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Z][A-Z0-9_]*$' },
      description:
        'Capabilities that no container may add, without the prefix CAP_; ALL is always among them.',
      default: ['BPF', 'NET_ADMIN', 'SYS_ADMIN', 'SYS_MODULE', 'SYS_PTRACE'],
    },
  },
  ...eachContainer(
    `!${added}.exists(a, ${isDenied})`,
    `'adds the capabilities ' + ${added}.filter(a, ${isDenied}).join(', ')`,
  ),
  remediation: 'Leave them out of securityContext.capabilities.add.',
  fix: (object, { capabilities }) => {
    for (const each of containersIn(object)) removeAdded(each, ['ALL', ...(capabilities as string[])]);
  },
  samples: {
    allowed: [
      sample('no security context', pod()),
      sample('nothing added', pod({ containers: [adds()] })),
      sample('another added', pod({ containers: [adds('NET_BIND_SERVICE', 'CHOWN')] })),
      sample('none denied', pod({ containers: [adds('SYS_ADMIN')] }), { capabilities: [] }),
      sample('another denied', pod({ containers: [adds('SYS_ADMIN')] }), { capabilities: ['SYS_TIME'] }),
      sample(
        'dropped',
        pod({ containers: [container({ securityContext: { capabilities: { drop: ['SYS_ADMIN'] } } })] }),
      ),
      sample('in a StatefulSet', workload('StatefulSet', { containers: [adds('CHOWN')] })),
    ],
    denied: [
      ...['BPF', 'NET_ADMIN', 'SYS_ADMIN', 'SYS_MODULE', 'SYS_PTRACE', 'ALL'].map((name) =>
        sample(name, pod({ containers: [adds(name)] })),
      ),
      sample('all, where none is denied', pod({ containers: [adds('ALL')] }), { capabilities: [] }),
      sample('one of the parameter', pod({ containers: [adds('SYS_TIME')] }), { capabilities: ['SYS_TIME'] }),
      sample('in lower case', pod({ containers: [adds('sys_admin')] })),
      sample('all, in lower case and with the prefix', pod({ containers: [adds('cap_all')] })),
      sample('with its prefix', pod({ containers: [adds('CHOWN', 'CAP_SYS_ADMIN')] })),
      sample('the second container', pod({ containers: [container(), adds('SYS_ADMIN')] })),
      sample('an init container', pod({ initContainers: [adds('SYS_ADMIN')] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [adds('SYS_PTRACE')] })),
      sample('in a DaemonSet', workload('DaemonSet', { containers: [adds('NET_ADMIN')] })),
      sample('in a CronJob', workload('CronJob', { initContainers: [adds('SYS_ADMIN')] })),
    ],
  },
};
