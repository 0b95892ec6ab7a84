import { eachContainer, type ObjectControl } from '../../control';
import { containersIn } from '../../parts/containers';
import { IMAGE, isPinned, isTagged, parseImage } from '../../parts/images';
import { container, pod, sample, workload } from '../../samples';

// What the API server fills in hangs on the tag.
const policy = `c.?imagePullPolicy.orValue(!${isTagged} || ${IMAGE}.endsWith(':latest') ? 'Always' : 'IfNotPresent')`;

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const image = (reference: string, imagePullPolicy?: string, name = 'app'): object =>
  container({ name, image: reference, imagePullPolicy });
const good = image('nginx:1.29', 'Always');

export const control: ObjectControl = {
  scope: 'object',
  id: 'pull-always',
  covers: ['IMG-05'],
  title: 'Every image is pulled at each start, unless it is pinned by its digest',
  why: 'An image that is on a node already runs without a credential for it, and as it was when it was pulled.',
  severity: 'low',
  cis: [{ section: '1.2.11', heuristic: true }],
  match: ['podBearing'],
  ...eachContainer(
    `${isPinned} || ${policy} == 'Always'`,
    `'pulls ' + ${IMAGE} + ' by the policy ' + ${policy}`,
  ),
  remediation: 'Set imagePullPolicy to Always, or add the digest to the image.',
  fix: (object) => {
    for (const each of containersIn(object)) {
      const { tag = 'latest', digest } = parseImage(String(each.image));
      const filledIn = tag === 'latest' ? 'Always' : 'IfNotPresent';
      if (digest === undefined && (each.imagePullPolicy ?? filledIn) !== 'Always')
        each.imagePullPolicy = 'Always';
    }
  },
  samples: {
    allowed: [
      sample('always', pod({ containers: [good] })),
      sample('nothing said without a tag', pod({ containers: [image('nginx')] })),
      sample('nothing said with the newest', pod({ containers: [image('nginx:latest')] })),
      sample('a digest', pod({ containers: [image(`nginx@${DIGEST}`)] })),
      sample('a digest beside a tag', pod({ containers: [image(`nginx:1.29@${DIGEST}`, 'IfNotPresent')] })),
      sample('in a Deployment', workload('Deployment', { containers: [good] })),
    ],
    denied: [
      sample('nothing said with a version', pod()),
      sample('a port and a version', pod({ containers: [image('localhost:5000/app:1.0.0')] })),
      sample('if not present', pod({ containers: [image('nginx:1.29', 'IfNotPresent')] })),
      sample('the newest, if not present', pod({ containers: [image('nginx:latest', 'IfNotPresent')] })),
      sample('never', pod({ containers: [image('nginx', 'Never')] })),
      sample('an init container', pod({ containers: [good], initContainers: [container({ name: 'init' })] })),
      sample(
        'an ephemeral container',
        pod({ containers: [good], ephemeralContainers: [image('busybox:1.37', 'IfNotPresent', 'debug')] }),
      ),
      sample('in a CronJob', workload('CronJob')),
    ],
  },
};
