import { eachContainer, type ObjectControl } from '../../control';
import { container, pod, sample, workload } from '../../samples';

const privileged = container({ name: 'bad', securityContext: { privileged: true } });

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-privileged',
  covers: ['PSB-05'],
  title: 'No container is privileged',
  why: 'A privileged container has every capability and every device of its node: who breaks into it owns the node.',
  severity: 'critical',
  cis: [{ section: '5.2.2' }],
  pss: 'baseline',
  match: ['podBearing'],
  ...eachContainer('!c.?securityContext.?privileged.orValue(false)', "'is privileged'"),
  remediation: 'Leave securityContext.privileged out and add only the capabilities that are needed.',
  samples: {
    allowed: [
      sample('no security context', pod()),
      sample('an empty security context', pod({ containers: [container({ securityContext: {} })] })),
      sample('false', pod({ containers: [container({ securityContext: { privileged: false } })] })),
      sample('null', pod({ containers: [container({ securityContext: { privileged: null } })] })),
      sample('a DaemonSet without', workload('DaemonSet')),
      sample('no pod spec', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'empty' } }),
    ],
    denied: [
      sample('a container', pod({ containers: [privileged] })),
      sample('the second container', pod({ containers: [container(), privileged] })),
      sample('an init container', pod({ initContainers: [privileged] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [privileged] })),
      sample('a sidecar', pod({ initContainers: [{ ...privileged, restartPolicy: 'Always' }] })),
      sample('in a DaemonSet', workload('DaemonSet', { containers: [privileged] })),
      sample('in a CronJob', workload('CronJob', { initContainers: [privileged] })),
    ],
  },
};
