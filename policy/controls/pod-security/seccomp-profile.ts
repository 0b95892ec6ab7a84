import { eachContainer, type ObjectControl } from '../../control';
import { isRecord, podSpecOf } from '../../objects';
import { containersIn, ensure, isWindows } from '../../parts/containers';
import { ON_WINDOWS, POD_CONTEXT, textOf } from '../../parts/security-context';
import { container, pod, sample, workload } from '../../samples';

const PROFILES = ['RuntimeDefault', 'Localhost'];
const GOOD = `['${PROFILES.join("', '")}']`;
const TYPE = `${POD_CONTEXT}.?seccompProfile.?type`;
// A good profile of the pod is no excuse for a container, nor the other way round.
const POD_IS_GOOD = `${TYPE}.orValue('RuntimeDefault') in ${GOOD}`;
const OWN_TYPE = "c.?securityContext.?seccompProfile.?type.orValue('')";
const containers = eachContainer(
  `c.?securityContext.?seccompProfile.?type.orValue(${TYPE}.orValue('')) in ${GOOD}`,
  `'has ' + (${OWN_TYPE} == '' ? 'no seccomp profile' : 'the seccomp profile ' + ${OWN_TYPE})`,
);

/** The type of profile that a pod spec or a container names; empty where it names none. */
function typeOf({ securityContext }: Record<string, unknown>): string {
  const profile = isRecord(securityContext) ? securityContext.seccompProfile : undefined;
  return isRecord(profile) ? textOf(profile.type) : '';
}

function setDefault(setter: Record<string, unknown>): void {
  ensure(setter, 'securityContext').seccompProfile = { type: 'RuntimeDefault' };
}

const profile = (type: string | null, localhostProfile?: string): Record<string, unknown> => ({
  securityContext: {
    seccompProfile: type && { type, ...(localhostProfile ? { localhostProfile } : {}) },
  },
});
const good = profile('RuntimeDefault');
const bad = (name: string): Record<string, unknown> => container({ name, ...profile('Unconfined') });

export const control: ObjectControl = {
  scope: 'object',
  id: 'seccomp-profile',
  covers: ['PSR-05'],
  title: 'Every container has a seccomp profile',
  why: 'Without one, most kubelets let a container make every system call, and so reach every hole in the kernel.',
  severity: 'medium',
  cis: [{ section: '5.6.2', formerly: '5.7.2' }],
  pss: 'restricted',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  expression: `${ON_WINDOWS} || (${POD_IS_GOOD} && ${containers.expression})`,
  message: `${POD_IS_GOOD} ? ${containers.message} : 'the pod has the seccomp profile ' + ${TYPE}.orValue('')`,
  culprits: `${POD_IS_GOOD} ? ${containers.culprits} : []`,
  remediation: "Set seccompProfile.type to RuntimeDefault in the pod's securityContext.",
  fix: (object) => {
    if (isWindows(object)) return;
    const spec = podSpecOf(object);
    const containers = containersIn(object);
    for (const each of [spec, ...containers]) {
      const type = typeOf(each);
      if (type !== '' && !PROFILES.includes(type)) setDefault(each);
    }
    if (typeOf(spec) === '' && containers.some((each) => typeOf(each) === '')) setDefault(spec);
  },
  samples: {
    allowed: [
      sample('the pod says so', pod(good)),
      sample(
        'each container says so',
        pod({ containers: [container(good)], initContainers: [container({ name: 'init', ...good })] }),
      ),
      sample('a profile of the node', pod(profile('Localhost', 'own.json'))),
      sample('Windows, which has none', pod({ os: { name: 'windows' } })),
      sample('in a Deployment', workload('Deployment', good)),
    ],
    denied: [
      sample('nothing said', pod()),
      sample('an empty security context', pod({ securityContext: {} })),
      sample('null', pod(profile(null))),
      sample('Linux by name', pod({ os: { name: 'linux' } })),
      sample('the pod', pod(profile('Unconfined'))),
      sample(
        'the pod, where each container has one',
        pod({ ...profile('Unconfined'), containers: [container(good)] }),
      ),
      sample('a container', pod({ ...good, containers: [bad('app')] })),
      sample('an init container', pod({ ...good, initContainers: [bad('init')] })),
      sample(
        'an ephemeral container',
        pod({ containers: [container(good)], ephemeralContainers: [container({ name: 'debug' })] }),
      ),
      sample(
        'in a CronJob',
        workload('CronJob', { containers: [container(good)], initContainers: [container({ name: 'init' })] }),
      ),
    ],
  },
};
