import type { ObjectControl } from '../../control';
import { container, object, pod, sample, workload } from '../../samples';

const VOLUMES = 'variables.podSpec.?volumes.orValue([]).filter(v, has(v.hostPath))';
const PATH = "v.hostPath.?path.orValue('')";
const READ_ONLY =
  "variables.containers.all(c, c.?volumeMounts.orValue([]).all(m, m.?name.orValue('') != v.?name.orValue('')" +
  ' || m.?readOnly.orValue(false)))';
/** The path of a PersistentVolume; how its pods mount it, it does not know. */
const OWN_PATH = "object.?spec.?hostPath.?path.orValue('')";

const isAllowed = (path: string): string =>
  `(!${path}.matches('(^|/)[.][.](/|$)') && ` +
  // The slash ends the segment: /var/log must not admit /var/logs.
  `variables.params.allowedHostPaths.exists(p, ${path} == p || ${path}.startsWith(p + '/')))`;

const volume = (path: string): Record<string, unknown> => ({ name: 'host', hostPath: { path } });
const mounting = (path: string, readOnly?: boolean, list = 'containers'): Record<string, unknown> => {
  const mount = { name: 'host', mountPath: '/host', ...(readOnly === undefined ? {} : { readOnly }) };
  const name = list === 'containers' ? 'app' : 'other';
  return { volumes: [volume(path)], [list]: [container({ name, volumeMounts: [mount] })] };
};
const persistent = (source: object): ReturnType<typeof object> =>
  object('v1', 'PersistentVolume', {
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...source },
  });
const logs = { allowedHostPaths: ['/var/log'] };
/** A volume that is not the node's is written to. */
const beside = {
  volumes: [volume('/var/log'), { name: 'data', emptyDir: {} }],
  containers: [
    container({
      volumeMounts: [
        { name: 'host', mountPath: '/host', readOnly: true },
        { name: 'data', mountPath: '/data' },
      ],
    }),
  ],
};
const writableLogs = { ...logs, readOnly: false };

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-host-path',
  covers: ['PSB-07'],
  title: 'No volume is a path of its node',
  why: "A path of the node leads to its credentials, its programs, and every other pod's files.",
  severity: 'high',
  cis: [{ section: '5.2.11', formerly: '5.2.12' }],
  pss: 'baseline',
  nsa: 'Pod security enforcement',
  match: ['podBearing', 'persistentVolume'],
  parameters: {
    allowedHostPaths: {
      type: 'array',
      items: { type: 'string', pattern: '^(/[^/]+)+$' },
      description: 'Paths that are allowed, with what is below them, by whole segments.',
      default: [],
    },
    readOnly: {
      type: 'boolean',
      description: 'Allow those only where every container mounts them read-only.',
      default: true,
    },
  },
  expression:
    `${VOLUMES}.all(v, ${isAllowed(PATH)} && (!variables.params.readOnly || ${READ_ONLY})) && ` +
    `(${OWN_PATH} == '' || (!variables.params.readOnly && ${isAllowed(OWN_PATH)}))`,
  message:
    `${OWN_PATH} != '' ? 'it is the path ' + ${OWN_PATH} + ' of a node'` +
    ` : ${VOLUMES}.filter(v, !${isAllowed(PATH)} || (variables.params.readOnly && !${READ_ONLY}))` +
    `.map(v, 'volume ' + v.?name.orValue('without a name') + ' is the path ' + ${PATH} + ' of its node'` +
    ` + (${isAllowed(PATH)} ? ', and not mounted read-only' : '')).join(', ')`,
  remediation: 'Use a volume of another type: a PersistentVolumeClaim, a ConfigMap, an emptyDir.',
  samples: {
    allowed: [
      sample('no volumes', pod()),
      sample('none', pod({ volumes: [] })),
      sample('another type', pod({ volumes: [{ name: 'data', emptyDir: {} }] })),
      sample('null', pod({ volumes: [{ name: 'data', hostPath: null, emptyDir: {} }] })),
      sample('an allowed path', pod(mounting('/var/log', true)), logs),
      sample('a path below an allowed one', pod(mounting('/var/log/pods/', true)), logs),
      sample('one of two allowed paths', pod(mounting('/var/log', true)), {
        allowedHostPaths: ['/var/lib', '/var/log'],
      }),
      sample('an allowed path beside a volume to write to', pod(beside), logs),
      sample('an allowed path that nothing mounts', pod({ volumes: [volume('/var/log')] }), logs),
      sample('an allowed path to write to', pod(mounting('/var/log')), writableLogs),
      sample('in a Deployment', workload('Deployment', { volumes: [{ name: 'data', emptyDir: {} }] })),
      sample(
        'a PersistentVolume of a driver',
        persistent({ csi: { driver: 'csi.example.com', volumeHandle: 'a' } }),
      ),
      sample('a PersistentVolume', persistent({ hostPath: { path: '/var/log' } }), writableLogs),
      sample(
        'a PersistentVolume below one of two allowed paths',
        persistent({ hostPath: { path: '/var/log/a' } }),
        {
          allowedHostPaths: ['/var/lib', '/var/log'],
          readOnly: false,
        },
      ),
    ],
    denied: [
      sample('a path', pod(mounting('/etc'))),
      sample('one that nothing mounts', pod({ volumes: [volume('/etc')] })),
      sample('the whole node', pod(mounting('/', true)), logs),
      sample('a PersistentVolume of another path', persistent({ hostPath: { path: '/etc' } }), writableLogs),
      sample('a look-alike', pod(mounting('/var/logs', true)), logs),
      sample('an allowed path to write to', pod(mounting('/var/log')), logs),
      sample('an allowed path, read-only said to be false', pod(mounting('/var/log', false)), logs),
      sample('an init container that writes', pod(mounting('/var/log', undefined, 'initContainers')), logs),
      sample(
        'an ephemeral container that writes',
        pod(mounting('/var/log', undefined, 'ephemeralContainers')),
        logs,
      ),
      sample('the second volume', pod({ volumes: [{ name: 'data', emptyDir: {} }, volume('/run')] })),
      sample('in a DaemonSet', workload('DaemonSet', { volumes: [volume('/dev')] })),
      sample('a PersistentVolume', persistent({ hostPath: { path: '/var/log' } })),
      sample(
        'a PersistentVolume, which can’t be kept read-only',
        persistent({ hostPath: { path: '/var/log' } }),
        logs,
      ),
    ],
  },
};
