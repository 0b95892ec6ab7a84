import { eachContainer, type ObjectControl } from '../../control';
import { IMAGE, isIn, REGISTRY_PATTERN } from '../../parts/images';
import { container, pod, sample, workload } from '../../samples';

const image = (reference: string, name = 'app'): object => container({ name, image: reference });
const noHub = { registries: ['docker.io'] };

export const control: ObjectControl = {
  scope: 'object',
  id: 'denied-registries',
  covers: ['IMG-02'],
  title: 'No image comes from a registry that is retired or unwanted',
  why: 'What is retired gets no fixes and may vanish; then nodes that do not have the image can not run it.',
  severity: 'medium',
  cis: [{ section: '5.5.1', heuristic: true }],
  nsa: 'Building secure container images',
  match: ['podBearing'],
  parameters: {
    registries: {
      type: 'array',
      items: { type: 'string', pattern: REGISTRY_PATTERN },
      description: 'Registries, or paths in them, by whole segments.',
      default: [
        'docker.io/bitnamilegacy',
        'gcr.io/google-containers',
        'gcr.io/google_containers',
        'gcr.io/kubebuilder',
        'gcr.io/kubernetes-helm',
        'k8s.gcr.io',
      ],
    },
  },
  ...eachContainer(`!${isIn('variables.params.registries')}`, `'pulls ' + ${IMAGE}`),
  remediation: 'Use the image of the registry that took its place, such as registry.k8s.io.',
  samples: {
    allowed: [
      sample('another registry', pod({ containers: [image('registry.k8s.io/pause:3.10')] })),
      sample('Docker Hub', pod({ containers: [image('nginx:1.29')] })),
      sample('a look-alike', pod({ containers: [image('k8s.gcr.io.example.com/pause:3.10')] })),
      sample('a look-alike path', pod({ containers: [image('gcr.io/google-containers-fork/pause:3.10')] })),
      sample('another path', pod({ containers: [image('gcr.io/kaniko-project/executor:v1.24.0')] })),
      sample('none denied', pod({ containers: [image('k8s.gcr.io/pause:3.1')] }), { registries: [] }),
      sample('in a Deployment', workload('Deployment', { containers: [image('quay.io/example/app:1.0.0')] })),
    ],
    denied: [
      sample('the registry of old', pod({ containers: [image('k8s.gcr.io/pause:3.1')] })),
      sample('a path of old', pod({ containers: [image('gcr.io/google_containers/pause-amd64:3.1')] })),
      sample('of Docker Hub, by its short name', pod({ containers: [image('bitnamilegacy/redis:8.0.0')] })),
      sample('Docker Hub by default', pod({ containers: [image('nginx:1.29')] }), noHub),
      sample('the second container', pod({ containers: [container(), image('k8s.gcr.io/pause:3.1', 'b')] })),
      sample('an init container', pod({ initContainers: [image('k8s.gcr.io/busybox:1.24', 'init')] })),
      sample(
        'an ephemeral container',
        pod({ ephemeralContainers: [image('k8s.gcr.io/busybox:1.24', 'debug')] }),
      ),
      sample('in a CronJob', workload('CronJob', { containers: [image('k8s.gcr.io/busybox:1.24')] })),
    ],
  },
};
