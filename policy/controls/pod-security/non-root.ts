import { eachContainer, type ObjectControl } from '../../control';
import { container, pod, sample, workload } from '../../samples';

const POD = 'variables.podSpec.?securityContext';
const podIsGood = `${POD}.?runAsNonRoot.orValue(true) && ${POD}.?runAsUser.orValue(1) != 0`;
const containers = eachContainer(
  `c.?securityContext.?runAsNonRoot.orValue(${POD}.?runAsNonRoot.orValue(false)) && ` +
    'c.?securityContext.?runAsUser.orValue(1) != 0',
  "'may run as root'",
);
const nonRoot = { securityContext: { runAsNonRoot: true } };
const root = { securityContext: { runAsUser: 0 } };

export const control: ObjectControl = {
  scope: 'object',
  id: 'non-root',
  covers: ['PSR-03', 'PSR-04'],
  title: 'No container may run as root',
  why: 'Root in a container is root on its node as soon as it gets out; files that it mounts are open to it already.',
  severity: 'high',
  cis: [{ section: '5.2.7' }],
  pss: 'restricted',
  match: ['podBearing'],
  expression: `${podIsGood} && ${containers.expression}`,
  message: `${podIsGood} ? ${containers.message} : 'the pod may run as root'`,
  remediation: 'Set securityContext.runAsNonRoot to true on the pod, and runAsUser nowhere to 0.',
  samples: {
    allowed: [
      sample('the pod says so', pod(nonRoot)),
      sample(
        'each container says so',
        pod({ containers: [container(nonRoot)], initContainers: [container({ name: 'init', ...nonRoot })] }),
      ),
      sample('with a user', pod({ securityContext: { runAsNonRoot: true, runAsUser: 1000 } })),
      sample('in a Deployment', workload('Deployment', nonRoot)),
      sample('in a CronJob', workload('CronJob', { containers: [container(nonRoot)] })),
    ],
    denied: [
      sample('nothing said', pod()),
      sample('an empty security context', pod({ securityContext: {} })),
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
