import { eachContainer, type ObjectControl } from '../../control';
import { added, dropped, isCapability, removeAdded } from '../../parts/capabilities';
import { containersIn, ensure, isWindows } from '../../parts/containers';
import { container, pod, sample, workload } from '../../samples';

const capabilities = (drop?: unknown, add?: unknown, name = 'app'): object =>
  container({ name, securityContext: { capabilities: { drop, add } } });
const good = capabilities(['ALL']);
const addsIt = `${added}.exists(a, ${isCapability('a', "'NET_RAW'")} || ${isCapability('a', "'ALL'")})`;

export const control: ObjectControl = {
  scope: 'object',
  id: 'drop-net-raw',
  covers: ['POD-02'],
  title: 'Every container drops the capability NET_RAW',
  why: 'Runtimes give it by default; with it a container forges packets and answers ARP and DNS for its neighbours.',
  severity: 'high',
  cis: [{ section: '5.2.8' }],
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  ...eachContainer(
    // Windows has no capabilities, and the API server refuses them there.
    `variables.podSpec.?os.?name.orValue('') == 'windows' || ` +
      `(${dropped}.exists(d, d in ['ALL', 'NET_RAW']) && !${addsIt})`,
    `(${addsIt} ? 'adds the capability NET_RAW' : 'does not drop the capability NET_RAW')`,
  ),
  remediation:
    'Set securityContext.capabilities.drop to [ALL], and add back only what is needed, without NET_RAW.',
  fix: (object) => {
    if (isWindows(object)) return;
    for (const each of containersIn(object)) {
      removeAdded(each, ['NET_RAW', 'ALL']);
      const field = ensure(ensure(each, 'securityContext'), 'capabilities');
      const drop = Array.isArray(field.drop) ? (field.drop as unknown[]) : [];
      if (!drop.includes('ALL') && !drop.includes('NET_RAW')) field.drop = [...drop, 'NET_RAW'];
    }
  },
  samples: {
    allowed: [
      sample('all dropped', pod({ containers: [good] })),
      sample('it alone dropped', pod({ containers: [capabilities(['NET_RAW'])] })),
      sample('another added', pod({ containers: [capabilities(['ALL'], ['NET_BIND_SERVICE'])] })),
      sample('nothing added', pod({ containers: [capabilities(['ALL'], [])] })),
      sample(
        'an init container',
        pod({ containers: [good], initContainers: [capabilities(['ALL'], undefined, 'init')] }),
      ),
      sample('Windows', pod({ os: { name: 'windows' } })),
      sample('in a DaemonSet', workload('DaemonSet', { containers: [good] })),
    ],
    denied: [
      sample('no security context', pod()),
      sample('no capabilities', pod({ containers: [container({ securityContext: {} })] })),
      sample('nothing dropped', pod({ containers: [capabilities([])] })),
      sample('others dropped', pod({ containers: [capabilities(['CHOWN', 'SETUID'])] })),
      sample('added again', pod({ containers: [capabilities(['ALL'], ['NET_RAW'])] })),
      sample('all added', pod({ containers: [capabilities(['NET_RAW'], ['ALL'])] })),
      sample(
        'all added in lower case, with the prefix',
        pod({ containers: [capabilities(['NET_RAW'], ['cap_all'])] }),
      ),
      sample('added in lower case', pod({ containers: [capabilities(['ALL'], ['net_raw', 'CHOWN'])] })),
      sample('added with its prefix', pod({ containers: [capabilities(['ALL'], ['CAP_NET_RAW'])] })),
      sample('an init container', pod({ containers: [good], initContainers: [container({ name: 'init' })] })),
      sample(
        'an ephemeral container',
        pod({ containers: [good], ephemeralContainers: [container({ name: 'debug' })] }),
      ),
      sample('in a CronJob', workload('CronJob')),
    ],
  },
};
