import type { StackControl } from '../../control';
import { lacksAll } from '../../parts/presence';
import { object, pod, sample, workload } from '../../samples';

const sigstore = object('policy.sigstore.dev/v1beta1', 'ClusterImagePolicy', {
  spec: { images: [{ glob: '**' }] },
});

export const control: StackControl = {
  scope: 'stack',
  id: 'signature-admission',
  covers: ['IMG-07'],
  title: 'Signatures of images are verified at admission',
  why: 'Without it nothing on the cluster tells an image of your pipeline from one that somebody else pushed.',
  severity: 'medium',
  cis: [{ section: '5.5.1', heuristic: true }],
  nsa: 'Building secure container images',
  parameters: {
    kinds: {
      type: 'array',
      items: { type: 'string', pattern: '^[a-z0-9.-]+/[A-Z][A-Za-z]*$' },
      description: 'Kinds, as group/Kind, of which one object is enough.',
      default: [
        'config.ratify.deislabs.io/Verifier',
        'config.ratify.dev/Executor',
        'policies.kyverno.io/ImageValidatingPolicy',
        'policy.sigstore.dev/ClusterImagePolicy',
      ],
    },
  },
  remediation: "Install sigstore's policy-controller, Ratify or Kyverno, with a policy that names your keys.",
  judge: (stack, { kinds }) =>
    stack.workloads().length === 0
      ? []
      : lacksAll(stack, kinds, 'nothing verifies the signatures of its images'),
  samples: {
    allowed: [
      sample('a policy of sigstore', [workload('Deployment'), sigstore]),
      sample('no image to verify', [object('v1', 'Namespace')]),
      sample('nothing', []),
      sample('a kind of the parameter', [pod(), object('example.com/v1', 'Signatures')], {
        kinds: ['example.com/Signatures'],
      }),
    ],
    denied: [
      sample('a Deployment alone', [workload('Deployment')]),
      sample('a like kind of others', [pod(), object('example.com/v1', 'ClusterImagePolicy')]),
      sample('another parameter', [pod(), sigstore], { kinds: ['example.com/Signatures'] }),
      sample('none is enough', [pod(), sigstore], { kinds: [] }),
    ],
  },
};
