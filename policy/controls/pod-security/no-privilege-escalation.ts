import { eachContainer, type ObjectControl } from '../../control';
import { isRecord } from '../../objects';
import { containersIn, ensure, isWindows } from '../../parts/containers';
import { ON_WINDOWS, textsIn } from '../../parts/security-context';
import { container, pod, sample, workload } from '../../samples';

const escalating = (allowPrivilegeEscalation?: unknown, name = 'app'): Record<string, unknown> =>
  container({ name, securityContext: { allowPrivilegeEscalation } });
const bad = (name: string): Record<string, unknown> => escalating(true, name);
const good = escalating(false);

/** The API server takes false neither where a container is privileged nor where it adds CAP_SYS_ADMIN. */
function mustEscalate({ securityContext }: Record<string, unknown>): boolean {
  if (!isRecord(securityContext)) return false;
  const { capabilities, privileged } = securityContext;
  return (
    privileged === true || (isRecord(capabilities) && textsIn(capabilities.add).includes('CAP_SYS_ADMIN'))
  );
}

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-privilege-escalation',
  covers: ['PSR-02'],
  title: 'No process gains more privileges than its parent has',
  why: 'With a set-user-ID program in its image, what runs in a container as anyone makes itself root there.',
  severity: 'high',
  cis: [{ section: '5.2.6' }],
  pss: 'restricted',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  ...eachContainer(
    `${ON_WINDOWS} || !c.?securityContext.?allowPrivilegeEscalation.orValue(true)`,
    "'allows privilege escalation'",
  ),
  remediation: 'Set securityContext.allowPrivilegeEscalation to false on every container.',
  fix: (object) => {
    if (isWindows(object)) return;
    for (const each of containersIn(object)) {
      if (mustEscalate(each)) continue;
      const context = ensure(each, 'securityContext');
      if (context.allowPrivilegeEscalation !== false) context.allowPrivilegeEscalation = false;
    }
  },
  samples: {
    allowed: [
      sample('false', pod({ containers: [good] })),
      sample('false in each', pod({ containers: [good], initContainers: [escalating(false, 'init')] })),
      sample('Windows, which has no such setting', pod({ os: { name: 'windows' } })),
      sample('in a Deployment', workload('Deployment', { containers: [good] })),
    ],
    denied: [
      sample('no security context', pod()),
      sample('an empty security context', pod({ containers: [container({ securityContext: {} })] })),
      sample('null', pod({ containers: [escalating(null)] })),
      sample('true', pod({ containers: [bad('app')] })),
      sample('Linux by name', pod({ os: { name: 'linux' } })),
      sample('in the pod, where it is no field', pod({ securityContext: { runAsNonRoot: true } })),
      sample('an init container', pod({ containers: [good], initContainers: [bad('init')] })),
      sample('an ephemeral container', pod({ containers: [good], ephemeralContainers: [bad('debug')] })),
      sample('in a DaemonSet', workload('DaemonSet', { containers: [good, container({ name: 'second' })] })),
    ],
  },
};
