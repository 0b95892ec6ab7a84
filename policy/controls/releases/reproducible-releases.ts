import type { ResourceControl } from '../../control';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';

const rendered = (...varying: string[]): ReturnType<typeof release> => ({
  ...release(),
  chart: { deprecated: false, varying },
});

// What a chart looks up on the cluster is not there when it is rendered, so that stays unseen.
export const control: ResourceControl = {
  scope: 'resource',
  id: 'reproducible-releases',
  covers: ['HLM-11'],
  title: 'Every Helm release renders to the same objects twice',
  why: 'What is random is made anew by each update: passwords and certificates change under those who use them.',
  severity: 'low',
  cis: [],
  types: [RELEASE_TYPE],
  remediation: 'Give the chart the value that it makes up, such as the name of a Secret of the program.',
  judge: ({ chart }) =>
    chart && chart.varying.length > 0 ? `it renders anew each time: ${chart.varying.join(', ')}` : undefined,
  samples: {
    allowed: [sample('the same', rendered()), sample('a chart that is not on disk', release())],
    denied: [
      sample('a Secret', rendered('Secret samples/sample')),
      sample('several objects', rendered('Secret samples/sample', 'Deployment samples/sample')),
    ],
  },
};
