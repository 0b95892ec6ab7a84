import type { ResourceControl } from '../../control';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';

const charted = (deprecated: boolean, inputs: object = {}): ReturnType<typeof release> => ({
  ...release({ ...inputs }),
  chart: { deprecated, varying: [] },
});

// Whether a chart's kubeVersion admits the cluster, Helm says when the release is rendered: rendered-releases.
export const control: ResourceControl = {
  scope: 'resource',
  id: 'maintained-charts',
  covers: ['HLM-12'],
  title: 'No Helm release is of a chart that its makers gave up',
  why: 'Nobody mends what is found in it, and it stops working with some later version of Kubernetes.',
  severity: 'low',
  cis: [],
  types: [RELEASE_TYPE],
  parameters: {
    allow: {
      type: 'array',
      items: { type: 'string' },
      description: 'Names of releases whose chart may be deprecated.',
      default: [],
    },
  },
  remediation: 'Use the chart that took its place; its Chart.yaml or README names it where there is one.',
  judge: ({ chart, name }, { allow }) =>
    chart?.deprecated && !(allow as string[]).includes(name) ? 'its chart is deprecated' : undefined,
  samples: {
    allowed: [
      sample('maintained', charted(false)),
      sample('a chart that is not on disk', release()),
      sample('allowed', charted(true), { allow: ['sample'] }),
    ],
    denied: [
      sample('deprecated', charted(true)),
      sample('another is allowed', charted(true, { version: '1.0.0' }), { allow: ['other'] }),
    ],
  },
};
