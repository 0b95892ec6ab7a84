import type { ObjectControl } from '../../control';
import { pod, sample, workload } from '../../samples';

const FORBIDDEN =
  'variables.podSpec.?securityContext.?sysctls.orValue([])' +
  ".map(s, s.?name.orValue('')).filter(n, !(n in variables.params.allowed))";

const setting = (...names: string[]): Record<string, unknown> => ({
  securityContext: { sysctls: names.map((name) => ({ name, value: '1' })) },
});

export const control: ObjectControl = {
  scope: 'object',
  id: 'safe-sysctls',
  covers: ['PSB-14'],
  title: 'Pods set safe sysctls only',
  why: 'A sysctl that belongs to no namespace changes the kernel of the node, for every pod on it.',
  severity: 'medium',
  cis: [],
  pss: 'baseline',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  parameters: {
    allowed: {
      type: 'array',
      items: { type: 'string' },
      description: 'Sysctls that may be set; those that Pod Security calls safe, since Kubernetes 1.32.',
      default: [
        'kernel.shm_rmid_forced',
        'net.ipv4.ip_local_port_range',
        'net.ipv4.ip_local_reserved_ports',
        'net.ipv4.ip_unprivileged_port_start',
        'net.ipv4.ping_group_range',
        'net.ipv4.tcp_fin_timeout',
        'net.ipv4.tcp_keepalive_intvl',
        'net.ipv4.tcp_keepalive_probes',
        'net.ipv4.tcp_keepalive_time',
        'net.ipv4.tcp_rmem',
        'net.ipv4.tcp_syncookies',
        'net.ipv4.tcp_wmem',
      ],
    },
  },
  expression: `${FORBIDDEN}.size() == 0`,
  message: `'the pod sets ' + ${FORBIDDEN}.join(', ')`,
  remediation: 'Leave them out of securityContext.sysctls; what every pod needs is a setting of the node.',
  samples: {
    allowed: [
      sample('nothing said', pod()),
      sample('none', pod(setting())),
      sample('null', pod({ securityContext: { sysctls: null } })),
      sample('safe ones', pod(setting('net.ipv4.tcp_syncookies', 'net.ipv4.tcp_rmem'))),
      sample('another that is allowed', pod(setting('net.core.somaxconn')), {
        allowed: ['net.core.somaxconn'],
      }),
      sample('in a Deployment', workload('Deployment', setting('kernel.shm_rmid_forced'))),
    ],
    denied: [
      sample('another', pod(setting('kernel.msgmax'))),
      sample('another of the network', pod(setting('net.core.somaxconn'))),
      sample('one of two', pod(setting('net.ipv4.tcp_wmem', 'kernel.sem'))),
      sample('a safe one with slashes, which is another name', pod(setting('net/ipv4/tcp_syncookies'))),
      sample('a safe one where none is allowed', pod(setting('net.ipv4.tcp_syncookies')), { allowed: [] }),
      sample('in a StatefulSet', workload('StatefulSet', setting('fs.mqueue.msg_max'))),
    ],
  },
};
