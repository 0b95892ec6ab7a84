import { eachContainer, type ObjectControl } from '../../control';
import { isRecord } from '../../objects';
import { containersIn } from '../../parts/containers';
import { EXEMPT_IMAGES, HAS_EXEMPT_IMAGE, hasExemptImage } from '../../parts/exempt-images';
import { textsIn } from '../../parts/security-context';
import { container, pod, sample, workload } from '../../samples';

const privileged = container({ name: 'bad', securityContext: { privileged: true } });
const agent = (image: string): ReturnType<typeof pod> => pod({ containers: [{ ...privileged, image }] });
const exempt = { exemptImages: ['ghcr.io/example/agent'] };
const DIGEST = 'sha256:ba5eba11ba5eba11ba5eba11ba5eba11ba5eba11ba5eba11ba5eba11ba5eba11';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-privileged',
  covers: ['PSB-05'],
  title: 'No container is privileged',
  why: 'A privileged container has every capability and every device of its node: who breaks into it owns the node.',
  severity: 'critical',
  cis: [{ section: '5.2.2' }],
  pss: 'baseline',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  parameters: { exemptImages: EXEMPT_IMAGES },
  ...eachContainer(
    `!c.?securityContext.?privileged.orValue(false) || ${HAS_EXEMPT_IMAGE}`,
    "'is privileged'",
  ),
  remediation: 'Leave securityContext.privileged out and add only the capabilities that are needed.',
  fix: (object, { exemptImages }) => {
    for (const { image, securityContext } of containersIn(object)) {
      if (!isRecord(securityContext) || hasExemptImage(image, textsIn(exemptImages))) continue;
      if (securityContext.privileged === true) securityContext.privileged = false;
    }
  },
  samples: {
    allowed: [
      sample('no security context', pod()),
      sample('an empty security context', pod({ containers: [container({ securityContext: {} })] })),
      sample('false', pod({ containers: [container({ securityContext: { privileged: false } })] })),
      sample('null', pod({ containers: [container({ securityContext: { privileged: null } })] })),
      sample('an exempt image', agent('ghcr.io/example/agent'), exempt),
      sample('a tag of an exempt image', agent('ghcr.io/example/agent:1.0.0'), exempt),
      sample('a digest of an exempt image', agent(`ghcr.io/example/agent@${DIGEST}`), exempt),
      sample('a DaemonSet without', workload('DaemonSet')),
    ],
    denied: [
      sample('a container', pod({ containers: [privileged] })),
      sample('the second container', pod({ containers: [container(), privileged] })),
      sample('an init container', pod({ initContainers: [privileged] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [privileged] })),
      sample('a sidecar', pod({ initContainers: [{ ...privileged, restartPolicy: 'Always' }] })),
      sample('a look-alike of an exempt image', agent('ghcr.io/example/agent-2:1.0.0'), exempt),
      sample('an image below an exempt one', agent('ghcr.io/example/agent/app'), exempt),
      sample('another container than the exempt one', pod({ containers: [container(), privileged] }), {
        exemptImages: ['ghcr.io/example/agent', 'ghcr.io/example/app:2'],
      }),
      sample('in a DaemonSet', workload('DaemonSet', { containers: [privileged] })),
      sample('in a CronJob', workload('CronJob', { initContainers: [privileged] })),
    ],
  },
};
