import type { ObjectControl } from '../../control';
import { labelled, pod, sample, workload } from '../../samples';

const untrusted =
  "variables.params.selector.exists(s, variables.podMetadata.?labels[?s.split('=')[0]].orValue('') == s.split('=')[1])";
const CLASS = "variables.podSpec.?runtimeClassName.orValue('')";

const labels = { trust: 'untrusted' };
const isolated = (runtimeClassName: string): ReturnType<typeof workload> =>
  workload('Deployment', { runtimeClassName }, { labels: { ...labels, 'app.kubernetes.io/name': 'sample' } });

export const control: ObjectControl = {
  scope: 'object',
  id: 'runtime-class-for-untrusted',
  covers: ['POD-20'],
  title: 'Every pod that is labelled as untrusted runs in a sandbox',
  why: "Code of others needs more between it and the node's kernel than a container is.",
  severity: 'low',
  cis: [],
  nsa: 'Hardening container environments',
  match: ['podBearing'],
  parameters: {
    selector: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Za-z0-9./_-]+=[A-Za-z0-9._-]+$' },
      description: 'Labels of untrusted pods, as key=value; one of them is enough.',
      default: ['trust=untrusted'],
    },
    classes: {
      type: 'array',
      items: { type: 'string' },
      description: 'Runtime classes that isolate a pod.',
      default: ['gvisor', 'kata'],
    },
  },
  expression: `!${untrusted} || ${CLASS} in variables.params.classes`,
  message: `'the pod is untrusted and has ' + (${CLASS} == '' ? 'no runtime class' : 'the runtime class ' + ${CLASS})`,
  remediation: 'Set runtimeClassName to one of the parameter classes.',
  samples: {
    allowed: [
      sample('no label', pod()),
      sample('no labels', labelled(pod())),
      sample('another value', labelled(pod(), { trust: 'trusted' })),
      sample('a sandbox', isolated('gvisor')),
      sample('a sandbox of the parameter', isolated('firecracker'), { classes: ['firecracker'] }),
      sample('nothing is untrusted', labelled(pod(), labels), { selector: [] }),
    ],
    denied: [
      sample('no class', labelled(pod(), labels)),
      sample('another class', isolated('nvidia')),
      sample('another label', labelled(pod(), { tier: 'guest' }), { selector: ['tier=guest'] }),
      sample('the second label', labelled(pod(), labels), { selector: ['tier=guest', 'trust=untrusted'] }),
      sample('in a CronJob', workload('CronJob', {}, { labels })),
    ],
  },
};
