import { eachContainer, type ObjectControl } from '../../control';
import { IMAGE, isPinned, isTagged } from '../../parts/images';
import { container, pod, sample, workload } from '../../samples';

const image = (reference: string, name = 'app'): object => container({ name, image: reference });
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-mutable-tags',
  covers: ['IMG-03'],
  title: 'Every image has a tag that stands for one version, or a digest',
  why: 'What `latest` is changes without a rollout: two pods of one Deployment run different code, and none goes back.',
  severity: 'medium',
  cis: [],
  nsa: 'Building secure container images',
  match: ['podBearing'],
  parameters: {
    tags: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*$' },
      description: 'Tags that move.',
      default: ['latest', 'main', 'master', 'edge', 'nightly', 'stable'],
    },
  },
  ...eachContainer(
    `${isPinned} || (${isTagged} && !variables.params.tags.exists(t, ${IMAGE}.endsWith(':' + t)))`,
    `'pulls ' + ${IMAGE} + (${isTagged} ? ', a tag that moves' : ', which has no tag')`,
  ),
  remediation: 'Name the version as the tag, or the digest.',
  samples: {
    allowed: [
      sample('a version', pod({ containers: [image('nginx:1.29.0')] })),
      sample('a registry with a port', pod({ containers: [image('localhost:5000/app:1.0.0')] })),
      sample('a digest', pod({ containers: [image(`nginx@${DIGEST}`)] })),
      sample('a digest beside any tag', pod({ containers: [image(`nginx:latest@${DIGEST}`)] })),
      sample('a tag that ends like one', pod({ containers: [image('nginx:1.29-stable')] })),
      sample('another parameter', pod({ containers: [image('nginx:latest')] }), { tags: ['edge'] }),
      sample('in a Deployment', workload('Deployment')),
    ],
    denied: [
      sample('latest', pod({ containers: [image('nginx:latest')] })),
      sample('no tag', pod({ containers: [image('nginx')] })),
      sample('a port, but no tag', pod({ containers: [image('localhost:5000/app')] })),
      sample('a tag of the parameter', pod({ containers: [image('nginx:rolling')] }), { tags: ['rolling'] }),
      sample(
        'the second container',
        pod({ containers: [container(), image('quay.io/example/app:main', 'b')] }),
      ),
      sample('an init container', pod({ initContainers: [image('busybox', 'init')] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [image('busybox:latest', 'debug')] })),
      sample('in a CronJob', workload('CronJob', { containers: [image('nginx:latest')] })),
    ],
  },
};
