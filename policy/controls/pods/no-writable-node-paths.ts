import { eachContainer, type ObjectControl } from '../../control';
import { isAtOrAbove, segments } from '../../parts/paths';
import { container, pod, sample, workload } from '../../samples';

// What is above a sensitive folder holds it, and what is below is part of it.
const isSensitive =
  `[${segments('v.hostPath.path')}].exists(p, variables.params.paths.exists(s, ` +
  `[${segments('s')}].exists(s, ${isAtOrAbove('p', 's')} || ${isAtOrAbove('s', 'p')})))`;
const names = `[variables.podSpec.?volumes.orValue([]).filter(v, has(v.hostPath) && ${isSensitive}).map(v, v.name)]`;
const writable = 'c.?volumeMounts.orValue([]).filter(m, !m.?readOnly.orValue(false) && m.name in sensitive)';
const containers = eachContainer(
  `${writable}.size() == 0`,
  `'may write to the volumes ' + ${writable}.map(m, m.name).join(', ')`,
);

const host = (hostPath: string): Record<string, unknown> => ({
  volumes: [{ name: 'host', hostPath: { path: hostPath } }],
});
const mount = (fields: object = {}, name = 'app'): object =>
  container({ name, volumeMounts: [{ name: 'host', mountPath: '/host', ...fields }] });
const writing = { containers: [mount()] };
const reading = { containers: [mount({ readOnly: true })] };

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-writable-node-paths',
  covers: ['POD-07'],
  title: 'No container may write to a sensitive folder of its node',
  why: 'Who writes to /etc, to a binary, or to the state of the kubelet decides what the node runs next, as root.',
  severity: 'high',
  cis: [{ section: '5.2.11', formerly: '5.2.12' }],
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  parameters: {
    paths: {
      type: 'array',
      items: { type: 'string', pattern: '^/.' },
      description:
        'Folders of nodes, with all below them; a folder that holds one of them is refused as well.',
      default: [
        '/bin',
        '/boot',
        '/dev',
        '/etc',
        '/home',
        '/lib',
        '/lib64',
        '/opt',
        '/proc',
        '/root',
        '/run',
        '/sbin',
        '/sys',
        '/usr',
        '/var/lib/containerd',
        '/var/lib/containers',
        '/var/lib/docker',
        '/var/lib/etcd',
        '/var/lib/kubelet',
        '/var/log',
        '/var/spool/cron',
      ],
    },
  },
  // A list of one stands in for a variable: the volumes are the same for every container.
  expression: `${names}.all(sensitive, ${containers.expression})`,
  message: `${names}.map(sensitive, ${containers.message})[0]`,
  culprits: `${names}.map(sensitive, ${containers.culprits})[0]`,
  remediation: 'Set readOnly on the mount, or use a volume that is not of the node.',
  samples: {
    allowed: [
      sample('no mounts', pod()),
      sample('empty mounts', pod({ ...host('/etc'), containers: [container({ volumeMounts: [] })] })),
      sample('mounted by no container', pod(host('/etc'))),
      sample('read only', pod({ ...host('/etc'), ...reading })),
      sample('another folder', pod({ ...host('/srv/data'), ...writing })),
      sample('a neighbour', pod({ ...host('/etcetera'), ...writing })),
      sample('another volume', pod({ volumes: [{ name: 'host', emptyDir: {} }], ...writing })),
      sample('another parameter', pod({ ...host('/etc'), ...writing }), { paths: ['/usr'] }),
      sample('in a DaemonSet', workload('DaemonSet', { ...host('/'), ...reading })),
    ],
    denied: [
      sample('nothing said', pod({ ...host('/etc'), ...writing })),
      sample('false', pod({ ...host('/etc'), containers: [mount({ readOnly: false })] })),
      sample('a folder below', pod({ ...host('/etc/cni/net.d'), ...writing })),
      sample('a folder above', pod({ ...host('/var/lib'), ...writing })),
      sample('the whole node', pod({ ...host('/'), ...writing })),
      sample('with more slashes', pod({ ...host('//var/./lib/kubelet/'), ...writing })),
      sample('by its other path', pod({ ...host('/var/run/secrets'), ...writing })),
      sample('below, with more slashes', pod({ ...host('/etc//cni/./net.d'), ...writing })),
      sample('the folder of what runs', pod({ ...host('/var/run'), ...writing })),
      sample('the other path of the parameter', pod({ ...host('/run/app'), ...writing }), {
        paths: ['/var/run//./app'],
      }),
      sample('one of the parameter', pod({ ...host('/srv/data'), ...writing }), { paths: ['/srv'] }),
      sample(
        'the second mount',
        pod({
          ...host('/etc'),
          containers: [
            container({
              volumeMounts: [
                { name: 'host', mountPath: '/one', readOnly: true },
                { name: 'host', mountPath: '/two' },
              ],
            }),
          ],
        }),
      ),
      sample('an init container', pod({ ...host('/opt'), initContainers: [mount({}, 'init')] })),
      sample('an ephemeral container', pod({ ...host('/sys'), ephemeralContainers: [mount({}, 'debug')] })),
      sample('in a CronJob', workload('CronJob', { ...host('/usr/bin'), ...writing })),
    ],
  },
};
