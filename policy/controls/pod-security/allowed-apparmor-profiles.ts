import type { ObjectControl } from '../../control';
import { isRecord, podMetadataOf } from '../../objects';
import { containersIn } from '../../parts/containers';
import { eachSecurityContext, securityContextsIn, textOf, textsIn } from '../../parts/security-context';
import { container, pod, sample, workload } from '../../samples';

/** Before Kubernetes 1.30 the profile of a container was an annotation; the API server still reads it. */
const PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
const ANNOTATIONS = 'variables.podMetadata.?annotations.orValue({})';

/** The profile that a security context names, as the annotation would name it; empty where it names none. */
const profileIn = (context: string): string => {
  const type = `${context}.?appArmorProfile.?type.orValue('')`;
  const name = `${context}.?appArmorProfile.?localhostProfile.orValue('')`;
  return `(${type} == 'RuntimeDefault' ? 'runtime/default' : ${type} == 'Localhost' ? 'localhost/' + ${name} : ${type})`;
};
const isAllowed = (profile: string): string =>
  `(${profile} == '' || ${profile} in variables.params.allowedProfiles || ` +
  `(${profile}.startsWith('localhost/') && 'localhost/*' in variables.params.allowedProfiles))`;
const forbidden = `k.startsWith('${PREFIX}') && !${isAllowed(`${ANNOTATIONS}[k]`)}`;

const contexts = eachSecurityContext(
  (context) => isAllowed(profileIn(context)),
  (context) => `'has the AppArmor profile ' + ${profileIn(context)}`,
);

/** The same profile of an object's field. */
function profileOf({ type, localhostProfile }: Record<string, unknown>): string {
  if (type === 'RuntimeDefault') return 'runtime/default';
  return type === 'Localhost' ? `localhost/${textOf(localhostProfile)}` : textOf(type);
}

const profile = (type: string, localhostProfile?: string): Record<string, unknown> => ({
  securityContext: { appArmorProfile: { type, ...(localhostProfile ? { localhostProfile } : {}) } },
});
const annotated = (value: string, key = `${PREFIX}app`): ReturnType<typeof pod> => {
  const plain = pod();
  return { ...plain, metadata: { ...plain.metadata, annotations: { [key]: value } } };
};
const unconfined = (name: string): Record<string, unknown> => container({ name, ...profile('Unconfined') });
const own = { allowedProfiles: ['localhost/own'] };

export const control: ObjectControl = {
  scope: 'object',
  id: 'allowed-apparmor-profiles',
  covers: ['PSB-10'],
  title: 'No container switches AppArmor off',
  why: 'AppArmor keeps a container from files and operations of its node that capabilities alone leave open.',
  severity: 'medium',
  cis: [],
  pss: 'baseline',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  parameters: {
    allowedProfiles: {
      type: 'array',
      items: { type: 'string', pattern: '^(runtime/default|localhost/.+)$' },
      description:
        'Profiles that may be named: runtime/default, localhost/<profile>, or localhost/* for every one of the node.',
      default: ['runtime/default', 'localhost/*'],
    },
  },
  expression: `${contexts.expression} && !${ANNOTATIONS}.exists(k, ${forbidden})`,
  message:
    `(${contexts.expression}) ? 'it has the AppArmor profile '` +
    ` + ${ANNOTATIONS}.filter(k, ${forbidden}).map(k, ${ANNOTATIONS}[k] + ' in the annotation ' + k).join(', ')` +
    ` : ${contexts.message}`,
  culprits: `(${contexts.expression}) ? [] : ${contexts.culprits}`,
  remediation:
    'Leave appArmorProfile and its annotation out, or name a profile of the parameter allowedProfiles.',
  fix: (object, { allowedProfiles }) => {
    const allowed = textsIn(allowedProfiles);
    const isGood = (name: string): boolean =>
      name === '' ||
      allowed.includes(name) ||
      (name.startsWith('localhost/') && allowed.includes('localhost/*'));
    const ofContainers = containersIn(object).map(({ securityContext }) => securityContext);
    for (const context of securityContextsIn(object)) {
      if (!isRecord(context.appArmorProfile) || isGood(profileOf(context.appArmorProfile))) continue;
      delete context.appArmorProfile;
      // Empty, a container's would say nothing at all; this is what the API server takes for granted.
      if (Object.keys(context).length === 0 && ofContainers.includes(context)) context.privileged = false;
    }
    const { annotations } = podMetadataOf(object);
    if (!isRecord(annotations)) return;
    for (const [key, value] of Object.entries(annotations)) {
      if (!key.startsWith(PREFIX) || isGood(textOf(value))) continue;
      // Empty, an annotation says nothing; nor does then the container that has no more than that.
      annotations[key] = '';
      const one = containersIn(object).find(({ name }) => name === key.slice(PREFIX.length));
      if (one && Object.keys(one.securityContext ?? {}).length === 0)
        one.securityContext = { privileged: false };
    }
  },
  samples: {
    allowed: [
      sample('nothing said', pod()),
      sample('the default', pod(profile('RuntimeDefault'))),
      sample('the default of a container', pod({ containers: [container(profile('RuntimeDefault'))] })),
      sample('a profile of the node', pod({ containers: [container(profile('Localhost', 'own'))] })),
      sample('a profile of the node for the whole pod', pod(profile('Localhost', 'own'))),
      sample('the default by annotation', annotated('runtime/default')),
      sample('a profile of the node by annotation', annotated('localhost/own')),
      sample('nothing by annotation', annotated('')),
      sample('another annotation', annotated('true', 'prometheus.io/scrape')),
      sample('one that is allowed', pod(profile('Localhost', 'own')), own),
      sample(
        'one that is allowed, of a container',
        pod({ containers: [container(profile('Localhost', 'own'))] }),
        own,
      ),
      sample('nothing, where one is allowed', pod(), own),
      sample('in a CronJob', workload('CronJob', profile('RuntimeDefault'))),
    ],
    denied: [
      sample('the pod', pod(profile('Unconfined'))),
      sample('a container', pod({ ...profile('RuntimeDefault'), containers: [unconfined('app')] })),
      sample('an init container', pod({ initContainers: [unconfined('init')] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [unconfined('debug')] })),
      sample('by annotation', annotated('unconfined')),
      sample('another than the allowed one', pod(profile('Localhost', 'owned')), own),
      sample(
        'another than the allowed one, of a container',
        pod({ containers: [container(profile('Localhost', 'owned'))] }),
        own,
      ),
      sample('another than the allowed one by annotation', annotated('runtime/default'), own),
      sample('another of the node than the allowed one by annotation', annotated('localhost/owned'), own),
      sample('in a Deployment', workload('Deployment', profile('Unconfined'))),
      sample(
        'by annotation in a Job',
        workload('Job', {}, { annotations: { [`${PREFIX}app`]: 'unconfined' } }),
      ),
    ],
  },
};
