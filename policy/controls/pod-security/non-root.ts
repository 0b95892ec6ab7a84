import { eachContainer, type ObjectControl } from '../../control';
import { IN_USER_NAMESPACE, POD_CONTEXT } from '../../parts/security-context';
import { container, pod, sample, workload } from '../../samples';

const POD_IS_GOOD = `${POD_CONTEXT}.?runAsNonRoot.orValue(true) && ${POD_CONTEXT}.?runAsUser.orValue(1) != 0`;
const containers = eachContainer(
  `c.?securityContext.?runAsNonRoot.orValue(${POD_CONTEXT}.?runAsNonRoot.orValue(false)) && ` +
    'c.?securityContext.?runAsUser.orValue(1) != 0',
  "'may run as root'",
);
const nonRoot = { securityContext: { runAsNonRoot: true } };
const root = { securityContext: { runAsUser: 0 } };
const ownUsers = { hostUsers: false };

export const control: ObjectControl = {
  scope: 'object',
  id: 'non-root',
  covers: ['PSR-03', 'PSR-04'],
  title: 'No container may run as root, unless its pod has users of its own',
  why: 'Root in a container is root on its node as soon as it gets out; files that it mounts are open to it already.',
  severity: 'high',
  cis: [{ section: '5.2.7' }],
  pss: 'restricted',
  nsa: 'Non-root containers',
  match: ['podBearing'],
  expression: `${IN_USER_NAMESPACE} || (${POD_IS_GOOD} && ${containers.expression})`,
  message: `${POD_IS_GOOD} ? ${containers.message} : 'the pod may run as root'`,
  culprits: `${POD_IS_GOOD} ? ${containers.culprits} : []`,
  remediation: 'Set securityContext.runAsNonRoot to true on the pod, and runAsUser nowhere to 0.',
  samples: {
    allowed: [
      sample('the pod says so', pod(nonRoot)),
      sample(
        'each container says so',
        pod({ containers: [container(nonRoot)], initContainers: [container({ name: 'init', ...nonRoot })] }),
      ),
      sample('with a user', pod({ securityContext: { runAsNonRoot: true, runAsUser: 1000 } })),
      sample('Windows', pod({ ...nonRoot, os: { name: 'windows' } })),
      sample('root of a user namespace', pod({ ...ownUsers, ...root })),
      sample('nothing said in a user namespace', workload('StatefulSet', ownUsers)),
      sample('in a Deployment', workload('Deployment', nonRoot)),
      sample('in a CronJob', workload('CronJob', { containers: [container(nonRoot)] })),
    ],
    denied: [
      sample('nothing said', pod()),
      sample('an empty security context', pod({ securityContext: {} })),
      sample('null', pod({ securityContext: { runAsNonRoot: null } })),
      sample("the host's users", pod({ hostUsers: true })),
      sample('Windows, where nothing is said', pod({ os: { name: 'windows' } })),
      sample('a user alone', pod({ securityContext: { runAsUser: 1000 } })),
      sample('the pod runs as user 0', pod({ securityContext: { runAsNonRoot: true, runAsUser: 0 } })),
      sample(
        'the pod says false',
        pod({ securityContext: { runAsNonRoot: false }, containers: [container(nonRoot)] }),
      ),
      sample('a container runs as user 0', pod({ ...nonRoot, containers: [container(root)] })),
      sample(
        'an init container takes it back',
        pod({
          ...nonRoot,
          initContainers: [container({ name: 'init', securityContext: { runAsNonRoot: false } })],
        }),
      ),
      sample(
        'an ephemeral container says nothing',
        pod({ containers: [container(nonRoot)], ephemeralContainers: [container({ name: 'debug' })] }),
      ),
      sample('in a ReplicaSet', workload('ReplicaSet')),
    ],
  },
};
