import { eachContainer, type ObjectControl } from '../../control';
import { isRecord } from '../../objects';
import { containersIn } from '../../parts/containers';
import { textsIn } from '../../parts/security-context';
import { container, pod, sample, workload } from '../../samples';

const ADDED = 'c.?securityContext.?capabilities.?add.orValue([])';
const adding = (...add: string[]): Record<string, unknown> =>
  container({ name: 'bad', securityContext: { capabilities: { add } } });

export const control: ObjectControl = {
  scope: 'object',
  id: 'default-capabilities',
  covers: ['PSB-06'],
  title: 'No container adds a capability that container runtimes do not give by default',
  why: 'Each capability is a part of what root may do; several, as SYS_ADMIN, are as good as all of it.',
  severity: 'high',
  // Was 5.2.9; version 1.12 asks for it no more.
  cis: [],
  pss: 'baseline',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  parameters: {
    allowedCapabilities: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Z][A-Z0-9_]*$' },
      description: 'Capabilities that may be added, without the prefix CAP_.',
      default: [
        'AUDIT_WRITE',
        'CHOWN',
        'DAC_OVERRIDE',
        'FOWNER',
        'FSETID',
        'KILL',
        'MKNOD',
        'NET_BIND_SERVICE',
        'SETFCAP',
        'SETGID',
        'SETPCAP',
        'SETUID',
        'SYS_CHROOT',
      ],
    },
  },
  ...eachContainer(
    `${ADDED}.all(a, a in variables.params.allowedCapabilities)`,
    `'adds ' + ${ADDED}.filter(a, !(a in variables.params.allowedCapabilities)).join(', ')`,
  ),
  remediation: 'Add none but those of the parameter allowedCapabilities in securityContext.capabilities.add.',
  fix: (object, { allowedCapabilities }) => {
    for (const { securityContext } of containersIn(object)) {
      if (!isRecord(securityContext) || !isRecord(securityContext.capabilities)) continue;
      const { capabilities } = securityContext;
      if (!Array.isArray(capabilities.add)) continue;
      const allowed = textsIn(allowedCapabilities);
      capabilities.add = textsIn(capabilities.add).filter((each) => allowed.includes(each));
    }
  },
  samples: {
    allowed: [
      sample('none said', pod()),
      sample('none', pod({ containers: [adding()] })),
      sample('null', pod({ containers: [container({ securityContext: { capabilities: { add: null } } })] })),
      sample('defaults', pod({ containers: [adding('CHOWN', 'NET_BIND_SERVICE')] })),
      sample(
        'others dropped',
        pod({ containers: [container({ securityContext: { capabilities: { drop: ['SYS_ADMIN'] } } })] }),
      ),
      sample('another that is allowed', pod({ containers: [adding('NET_RAW')] }), {
        allowedCapabilities: ['NET_RAW'],
      }),
      sample('in a Job', workload('Job', { initContainers: [adding('KILL')] })),
    ],
    denied: [
      sample('another', pod({ containers: [adding('SYS_ADMIN')] })),
      sample('one that few know to be no default', pod({ containers: [adding('NET_RAW')] })),
      sample('all', pod({ containers: [adding('ALL')] })),
      sample('a default with the prefix, which is none', pod({ containers: [adding('CAP_CHOWN')] })),
      sample('one of two', pod({ containers: [adding('CHOWN', 'BPF')] })),
      sample('a default where none is allowed', pod({ containers: [adding('CHOWN')] }), {
        allowedCapabilities: [],
      }),
      sample('an init container', pod({ initContainers: [adding('NET_ADMIN')] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [adding('SYS_PTRACE')] })),
      sample('in a ReplicaSet', workload('ReplicaSet', { containers: [container(), adding('SYS_TIME')] })),
    ],
  },
};
