import { eachContainer, type ObjectControl } from '../../control';
import { IMAGE, isIn, isPinned, REGISTRY_PATTERN } from '../../parts/images';
import { container, pod, sample, workload } from '../../samples';

const SHA256 = `sha256:${'0123456789abcdef'.repeat(4)}`;
const SHA512 = `sha512:${'0123456789abcdef'.repeat(8)}`;
const image = (reference: string, name = 'app'): object => container({ name, image: reference });
const pinned = image(`ghcr.io/example/app:1.0.0@${SHA256}`);

export const control: ObjectControl = {
  scope: 'object',
  id: 'pinned-by-digest',
  covers: ['IMG-04'],
  title: 'Every image is pinned by its digest',
  why: 'Whoever can push to a registry can give a tag to another image; a digest is the image.',
  severity: 'medium',
  cis: [{ section: '5.5.1', heuristic: true }],
  nsa: 'Building secure container images',
  match: ['podBearing'],
  parameters: {
    exempt: {
      type: 'array',
      items: { type: 'string', pattern: REGISTRY_PATTERN },
      description: 'Registries, or paths in them, by whole segments, whose tags are trusted.',
      default: [],
    },
  },
  ...eachContainer(
    `${isPinned} || ${isIn('variables.params.exempt')}`,
    `'pulls ' + ${IMAGE} + ' by its tag'`,
  ),
  remediation: 'Add the digest behind the tag: name:tag@sha256:….',
  samples: {
    allowed: [
      sample('beside the tag', pod({ containers: [pinned] })),
      sample('in place of the tag', pod({ containers: [image(`nginx@${SHA256}`)] })),
      sample('of another length', pod({ containers: [image(`ghcr.io/example/app@${SHA512}`)] })),
      sample('a trusted registry', pod(), { exempt: ['ghcr.io/example'] }),
      sample('a trusted registry by default', pod({ containers: [image('nginx:1.29')] }), {
        exempt: ['docker.io'],
      }),
      sample('in a Deployment', workload('Deployment', { containers: [pinned] })),
    ],
    denied: [
      sample('a tag', pod()),
      sample('nothing', pod({ containers: [image('nginx')] })),
      sample('beside a trusted path', pod(), { exempt: ['ghcr.io/exam'] }),
      sample('the second container', pod({ containers: [pinned, container({ name: 'second' })] })),
      sample(
        'an init container',
        pod({ containers: [pinned], initContainers: [container({ name: 'init' })] }),
      ),
      sample(
        'an ephemeral container',
        pod({ containers: [pinned], ephemeralContainers: [container({ name: 'debug' })] }),
      ),
      sample('in a CronJob', workload('CronJob')),
    ],
  },
};
