import { eachContainer, type ObjectControl } from '../../control';
import { IMAGE, isIn, REGISTRY_PATTERN } from '../../parts/images';
import { container, pod, sample, workload } from '../../samples';

const image = (reference: string, name = 'app'): object => container({ name, image: reference });
const library = { registries: ['docker.io/library'] };
const calicoOnly = { registries: ['quay.io/calico'] };

export const control: ObjectControl = {
  scope: 'object',
  id: 'allowed-registries',
  covers: ['IMG-01'],
  title: 'Every image comes from an allowed registry',
  why: 'Whoever can name any image can run any code; a registry that nobody chose is one that nobody watches.',
  severity: 'high',
  cis: [{ section: '5.5.1', heuristic: true }],
  nsa: 'Building secure container images',
  match: ['podBearing'],
  parameters: {
    registries: {
      type: 'array',
      items: { type: 'string', pattern: REGISTRY_PATTERN },
      minItems: 1,
      description:
        'Registries, or paths in them, by whole segments: quay.io/calico is not quay.io/calico-fork.',
      default: [
        'docker.io',
        'ecr-public.aws.com',
        'ghcr.io',
        'quay.io',
        'registry.istio.io',
        'registry.k8s.io',
      ],
    },
  },
  ...eachContainer(
    `${IMAGE} != '' && ${isIn('variables.params.registries')}`,
    `(${IMAGE} == '' ? 'names no image' : 'pulls ' + ${IMAGE})`,
  ),
  remediation: 'Use an image of an allowed registry, or add the registry to the parameter registries.',
  samples: {
    allowed: [
      sample('an allowed registry', pod({ containers: [image('quay.io/calico/node:v3.31.0')] })),
      sample(
        'Docker Hub by default',
        pod({ containers: [image('nginx')], initContainers: [image('grafana/grafana:12.0.0', 'init')] }),
      ),
      sample('an account of Docker Hub', pod({ containers: [image('grafana/grafana:12.0.0')] }), {
        registries: ['docker.io/grafana'],
      }),
      sample("the images of Docker Hub's own", pod({ containers: [image('nginx')] }), library),
      sample('a path', pod({ containers: [image('quay.io/calico/node:v3.31.0')] }), calicoOnly),
      sample('a port', pod({ containers: [image('localhost:5000/app')] }), {
        registries: ['localhost:5000'],
      }),
      sample('in a Deployment', workload('Deployment', { containers: [image('ghcr.io/example/app:1.0.0')] })),
    ],
    denied: [
      sample('another registry', pod({ containers: [image('registry.example.com/app:1.0.0')] })),
      sample('a look-alike', pod({ containers: [image('quay.io.example.com/calico/node')] })),
      sample('a look-alike without a dot', pod({ containers: [image('quay.iox/calico/node')] })),
      sample('a look-alike path', pod({ containers: [image('quay.io/calico-fork/node')] }), calicoOnly),
      sample('another port', pod({ containers: [image('quay.io:5000/calico/node')] })),
      sample('localhost is a registry', pod({ containers: [image('localhost/nginx')] })),
      sample('a capital makes a registry', pod({ containers: [image('Registry/nginx')] })),
      sample(
        "an account where Docker Hub's own images are allowed",
        pod({ containers: [image('grafana/grafana:12.0.0')] }),
        library,
      ),
      sample('Docker Hub where it is not allowed', pod({ containers: [image('nginx')] }), calicoOnly),
      sample('an init container', pod({ initContainers: [image('registry.example.com/app', 'init')] })),
      sample(
        'an ephemeral container',
        pod({ ephemeralContainers: [image('registry.example.com/app', 'debug')] }),
      ),
      sample('in a CronJob', workload('CronJob', { containers: [image('registry.example.com/app')] })),
    ],
  },
};
