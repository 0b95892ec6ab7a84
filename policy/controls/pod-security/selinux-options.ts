import type { ObjectControl } from '../../control';
import { isRecord } from '../../objects';
import { eachSecurityContext, securityContextsIn, textOf } from '../../parts/security-context';
import { container, pod, sample, workload } from '../../samples';

const TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];

const field = (context: string, name: string): string => `${context}.?seLinuxOptions.?${name}.orValue('')`;

const options = (seLinuxOptions: unknown): Record<string, unknown> => ({
  securityContext: { seLinuxOptions },
});
const bad = (name: string): Record<string, unknown> => container({ name, ...options({ type: 'spc_t' }) });

export const control: ObjectControl = {
  scope: 'object',
  id: 'selinux-options',
  covers: ['PSB-11'],
  title: 'No container leaves the SELinux types of containers, or names an SELinux user or role',
  why: 'The type is what keeps a container from the files of its node; with spc_t nothing does.',
  severity: 'medium',
  cis: [],
  pss: 'baseline',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  ...eachSecurityContext(
    (context) =>
      `${field(context, 'type')} in [${TYPES.map((type) => `'${type}'`).join(', ')}]` +
      ` && ${field(context, 'user')} == '' && ${field(context, 'role')} == ''`,
    (context) =>
      `'has the SELinux context ' + [${['user', 'role', 'type'].map((name) => field(context, name)).join(', ')}]` +
      ".filter(o, o != '').join(':')",
  ),
  remediation:
    'Leave user and role out of seLinuxOptions, and the type, or use one of containers, as container_t.',
  fix: (object) => {
    for (const { seLinuxOptions: options } of securityContextsIn(object)) {
      if (!isRecord(options)) continue;
      if (textOf(options.user) !== '') delete options.user;
      if (textOf(options.role) !== '') delete options.role;
      if (!TYPES.includes(textOf(options.type))) delete options.type;
    }
  },
  samples: {
    allowed: [
      sample('nothing said', pod()),
      sample('no options', pod(options({}))),
      sample('empty ones', pod(options({ type: '', user: '', role: '' }))),
      sample('null', pod(options({ type: null, user: null }))),
      sample('a level', pod(options({ level: 's0:c123,c456' }))),
      ...['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'].map((type) =>
        sample(type, pod({ ...options({ type }), containers: [container(options({ type }))] })),
      ),
      sample('in a Job', workload('Job', options({ type: 'container_t' }))),
    ],
    denied: [
      sample('another type', pod(options({ type: 'spc_t' }))),
      sample('a user', pod(options({ user: 'system_u' }))),
      sample('a role', pod(options({ role: 'sysadm_r', type: 'container_t' }))),
      sample('a container', pod({ ...options({ type: 'container_t' }), containers: [bad('app')] })),
      sample('a user of a container', pod({ containers: [container(options({ user: 'system_u' }))] })),
      sample('a role of a container', pod({ containers: [container(options({ role: 'sysadm_r' }))] })),
      sample('an init container', pod({ initContainers: [bad('init')] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [bad('debug')] })),
      sample('in a StatefulSet', workload('StatefulSet', options({ type: 'spc_t' }))),
    ],
  },
};
