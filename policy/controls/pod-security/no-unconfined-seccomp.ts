import type { ObjectControl } from '../../control';
import { isRecord } from '../../objects';
import { eachSecurityContext, securityContextsIn, textOf } from '../../parts/security-context';
import { container, pod, sample, workload } from '../../samples';

const PROFILES = ['RuntimeDefault', 'Localhost'];
// The annotations that came before the field have no effect since Kubernetes 1.27, so they are not judged.
const type = (context: string): string => `${context}.?seccompProfile.?type.orValue('RuntimeDefault')`;

const profile = (type: string | null, localhostProfile?: string): Record<string, unknown> => ({
  securityContext: {
    seccompProfile: type && { type, ...(localhostProfile ? { localhostProfile } : {}) },
  },
});
const unconfined = (name: string): Record<string, unknown> => container({ name, ...profile('Unconfined') });

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-unconfined-seccomp',
  covers: ['PSB-13'],
  title: 'No container switches seccomp off',
  why: 'Unconfined, a container may make every system call, and so reach every hole in the kernel of its node.',
  severity: 'high',
  cis: [{ section: '5.6.2', formerly: '5.7.2' }],
  pss: 'baseline',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  ...eachSecurityContext(
    (context) => `${type(context)} in ['${PROFILES.join("', '")}']`,
    (context) => `'has the seccomp profile ' + ${type(context)}`,
  ),
  remediation: 'Set securityContext.seccompProfile.type to RuntimeDefault.',
  fix: (object) => {
    for (const context of securityContextsIn(object)) {
      const { seccompProfile } = context;
      if (isRecord(seccompProfile) && !PROFILES.includes(textOf(seccompProfile.type)))
        context.seccompProfile = { type: 'RuntimeDefault' };
    }
  },
  samples: {
    allowed: [
      sample('nothing said', pod()),
      sample('null', pod(profile(null))),
      sample('the default', pod(profile('RuntimeDefault'))),
      sample('a profile of the node', pod(profile('Localhost', 'own.json'))),
      sample(
        'a profile of the node for a container',
        pod({ containers: [container(profile('Localhost', 'own.json'))] }),
      ),
      sample('Windows', pod({ os: { name: 'windows' } })),
      sample('in a CronJob', workload('CronJob', profile('RuntimeDefault'))),
    ],
    denied: [
      sample('the pod', pod(profile('Unconfined'))),
      sample(
        'the pod, where each container has one',
        pod({ ...profile('Unconfined'), containers: [container(profile('RuntimeDefault'))] }),
      ),
      sample('a container', pod({ ...profile('RuntimeDefault'), containers: [unconfined('app')] })),
      sample('an init container', pod({ initContainers: [unconfined('init')] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [unconfined('debug')] })),
      sample('in a DaemonSet', workload('DaemonSet', profile('Unconfined'))),
    ],
  },
};
