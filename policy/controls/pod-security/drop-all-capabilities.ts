import { eachContainer, type ObjectControl } from '../../control';
import { containersIn, ensure, isWindows } from '../../parts/containers';
import { ON_WINDOWS, textsIn } from '../../parts/security-context';
import { container, pod, sample, workload } from '../../samples';

const CAPABILITIES = 'c.?securityContext.?capabilities';
const ALLOWED = 'NET_BIND_SERVICE';
const DROPS_ALL = `'ALL' in ${CAPABILITIES}.?drop.orValue([])`;
const ADDED = `${CAPABILITIES}.?add.orValue([]).filter(a, a != '${ALLOWED}')`;

const having = (capabilities: object, name = 'app'): Record<string, unknown> =>
  container({ name, securityContext: { capabilities } });
const all = { drop: ['ALL'] };
const good = having(all);

export const control: ObjectControl = {
  scope: 'object',
  id: 'drop-all-capabilities',
  covers: ['PSR-06'],
  title: `Every container drops all capabilities, and adds none back but ${ALLOWED}`,
  why: 'What runs as no root needs none of them; each that is left is one more way out of the container.',
  severity: 'high',
  cis: [{ section: '5.2.9', formerly: '5.2.10' }],
  pss: 'restricted',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  ...eachContainer(
    `${ON_WINDOWS} || (${DROPS_ALL} && ${ADDED}.size() == 0)`,
    `(${DROPS_ALL} ? 'adds capabilities: ' + ${ADDED}.join(', ') : 'does not drop all capabilities')`,
  ),
  remediation: `Set securityContext.capabilities.drop to ["ALL"] on every container, and add none but ${ALLOWED}.`,
  fix: (object) => {
    if (isWindows(object)) return;
    for (const each of containersIn(object)) {
      const capabilities = ensure(ensure(each, 'securityContext'), 'capabilities');
      const added = textsIn(capabilities.add);
      if (added.some((one) => one !== ALLOWED)) capabilities.add = added.filter((one) => one === ALLOWED);
      if (!textsIn(capabilities.drop).includes('ALL')) capabilities.drop = ['ALL'];
    }
  },
  samples: {
    allowed: [
      sample('all dropped', pod({ containers: [good] })),
      sample('all and another dropped', pod({ containers: [having({ drop: ['NET_RAW', 'ALL'] })] })),
      sample('none added', pod({ containers: [having({ ...all, add: [] })] })),
      sample(`${ALLOWED} added`, pod({ containers: [having({ ...all, add: [ALLOWED] })] })),
      sample('in each', pod({ containers: [good], initContainers: [having(all, 'init')] })),
      sample('Windows, which has none', pod({ os: { name: 'windows' } })),
      sample('in a Deployment', workload('Deployment', { containers: [good] })),
    ],
    denied: [
      sample('no security context', pod()),
      sample('empty capabilities', pod({ containers: [having({})] })),
      sample('none dropped', pod({ containers: [having({ drop: [] })] })),
      sample('null', pod({ containers: [having({ drop: null })] })),
      sample('one dropped', pod({ containers: [having({ drop: ['NET_RAW'] })] })),
      sample('all in small letters, which is no name', pod({ containers: [having({ drop: ['all'] })] })),
      sample('another added', pod({ containers: [having({ ...all, add: [ALLOWED, 'CHOWN'] })] })),
      sample('Linux by name', pod({ os: { name: 'linux' } })),
      sample('an init container', pod({ containers: [good], initContainers: [having({}, 'init')] })),
      sample(
        'an ephemeral container',
        pod({ containers: [good], ephemeralContainers: [container({ name: 'debug' })] }),
      ),
      sample('in a Job', workload('Job', { containers: [good, having({ add: ['SYS_ADMIN'] }, 'second')] })),
    ],
  },
};
