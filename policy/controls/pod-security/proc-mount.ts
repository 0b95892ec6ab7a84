import { eachContainer, type ObjectControl } from '../../control';
import { isRecord, podSpecOf, type KubernetesObject } from '../../objects';
import { containersIn } from '../../parts/containers';
import { IN_USER_NAMESPACE, textOf } from '../../parts/security-context';
import { container, pod, sample, workload } from '../../samples';

const MOUNT = "c.?securityContext.?procMount.orValue('Default')";
const IS_DEFAULT = `${MOUNT} == 'Default'`;
const FOUND = `'has procMount ' + ${MOUNT}`;

const mounting = (procMount: unknown, name = 'app'): Record<string, unknown> =>
  container({ name, securityContext: { procMount } });
const unmasked = mounting('Unmasked');
const own = { hostUsers: false };

/** Makes the default of what else a container has. */
function mask(object: KubernetesObject): void {
  for (const { securityContext } of containersIn(object)) {
    if (isRecord(securityContext) && !['', 'Default'].includes(textOf(securityContext.procMount)))
      securityContext.procMount = 'Default';
  }
}

function maskHostUsers(object: KubernetesObject): void {
  if (podSpecOf(object).hostUsers !== false) mask(object);
}

const common = {
  scope: 'object',
  severity: 'medium',
  cis: [],
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  remediation: 'Leave securityContext.procMount out.',
} as const satisfies Partial<ObjectControl>;

export const controls: ObjectControl[] = [
  {
    ...common,
    id: 'default-proc-mount',
    covers: ['PSB-12'],
    title: 'No container without a user namespace of its own has /proc unmasked',
    why: 'Runtimes hide the files in /proc that tell of the node, or change its kernel; to root there, they are open.',
    pss: 'baseline',
    // API validation asks for hostUsers: false with any other value.
    noAdmissionTwin: 'The API server itself refuses whatever it denies, before any policy.',
    ...eachContainer(`${IN_USER_NAMESPACE} || ${IS_DEFAULT}`, FOUND),
    fix: maskHostUsers,
    samples: {
      allowed: [
        sample('nothing said', pod()),
        sample('the default', pod({ containers: [mounting('Default')] })),
        sample('null', pod({ containers: [mounting(null)] })),
        sample('unmasked in a user namespace', pod({ ...own, containers: [unmasked] })),
        sample('in a Deployment', workload('Deployment', { ...own, containers: [unmasked] })),
      ],
      denied: [
        sample('unmasked', pod({ containers: [unmasked] })),
        sample("unmasked with the host's users", pod({ hostUsers: true, containers: [unmasked] })),
        sample('an init container', pod({ initContainers: [mounting('Unmasked', 'init')] })),
        sample('an ephemeral container', pod({ ephemeralContainers: [mounting('Unmasked', 'debug')] })),
        sample('in a Job', workload('Job', { containers: [unmasked] })),
      ],
    },
  },
  {
    ...common,
    id: 'default-proc-mount-always',
    covers: ['PSR-07'],
    title: 'No container has /proc unmasked, in a user namespace of its own either',
    why: 'Unmasked, /proc tells of the node whoever reads it; few but builders of containers need that.',
    pss: 'restricted',
    ...eachContainer(IS_DEFAULT, FOUND),
    fix: mask,
    samples: {
      allowed: [
        sample('nothing said', pod(own)),
        sample('an empty security context', pod({ containers: [container({ securityContext: {} })] })),
        sample('the default', pod({ ...own, containers: [mounting('Default')] })),
        sample('null', pod({ containers: [mounting(null)] })),
        sample('in a Deployment', workload('Deployment', { containers: [mounting('Default')] })),
      ],
      denied: [
        sample('unmasked', pod({ ...own, containers: [unmasked] })),
        sample('an init container', pod({ ...own, initContainers: [mounting('Unmasked', 'init')] })),
        sample(
          'an ephemeral container',
          pod({ ...own, ephemeralContainers: [mounting('Unmasked', 'debug')] }),
        ),
        sample('in a Job', workload('Job', { ...own, containers: [unmasked] })),
      ],
    },
  },
];
