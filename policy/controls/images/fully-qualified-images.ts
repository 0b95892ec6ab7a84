import { eachContainer, type ObjectControl } from '../../control';
import { IMAGE, isQualified } from '../../parts/images';
import { container, pod, sample, workload } from '../../samples';

const image = (reference: string, name = 'app'): object => container({ name, image: reference });

export const control: ObjectControl = {
  scope: 'object',
  id: 'fully-qualified-images',
  covers: ['IMG-06'],
  title: 'Every image names its registry',
  why: 'Where a short name is looked up is set on each node: one may find it where nobody meant.',
  severity: 'low',
  cis: [],
  nsa: 'Building secure container images',
  match: ['podBearing'],
  ...eachContainer(isQualified, `'pulls ' + ${IMAGE}`),
  remediation: 'Write the registry before the name, such as docker.io/library/nginx.',
  samples: {
    allowed: [
      sample('a registry', pod()),
      sample('Docker Hub by name', pod({ containers: [image('docker.io/library/nginx:1.29')] })),
      sample('a port', pod({ containers: [image('registry:5000/app:1.0.0')] })),
      sample('this machine', pod({ containers: [image('localhost/app:1.0.0')] })),
      sample('in a Deployment', workload('Deployment')),
    ],
    denied: [
      sample('a name', pod({ containers: [image('nginx:1.29')] })),
      sample('a name with a tag that has a dot', pod({ containers: [image('nginx:1.29.0')] })),
      sample('an account', pod({ containers: [image('grafana/grafana:12.0.0')] })),
      sample('the second container', pod({ containers: [container(), image('nginx', 'second')] })),
      sample('an init container', pod({ initContainers: [image('busybox', 'init')] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [image('busybox', 'debug')] })),
      sample('in a CronJob', workload('CronJob', { containers: [image('nginx')] })),
    ],
  },
};
