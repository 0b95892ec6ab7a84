import type { ObjectControl } from '../../control';
import { isAtOrAbove, segments } from '../../parts/paths';
import { pod, sample, workload } from '../../samples';

const exposes = `variables.params.sockets.exists(s, ${isAtOrAbove(segments('v.hostPath.path'), segments('s'))})`;
const exposing = `variables.podSpec.?volumes.orValue([]).filter(v, has(v.hostPath) && ${exposes})`;

const mounting = (path: string, fields: object = {}): Record<string, unknown> => ({
  volumes: [{ name: 'host', hostPath: { path, ...fields } }],
});

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-runtime-sockets',
  covers: ['POD-06'],
  title: "No pod mounts the container runtime's socket",
  why: 'Who talks to the runtime starts what containers it likes, privileged ones too: it owns the node.',
  severity: 'critical',
  cis: [{ section: '5.2.11', formerly: '5.2.12' }],
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  parameters: {
    sockets: {
      type: 'array',
      items: { type: 'string' },
      description: 'Paths of sockets on nodes; the folders above them are refused as well.',
      default: [
        '/run/containerd/containerd.sock',
        '/run/crio/crio.sock',
        '/run/cri-dockerd.sock',
        '/run/docker.sock',
        '/run/dockershim.sock',
        '/run/k3s/containerd/containerd.sock',
        '/run/podman/podman.sock',
        '//./pipe/containerd-containerd',
        '//./pipe/docker_engine',
      ],
    },
  },
  expression: `${exposing}.size() == 0`,
  message: `'the pod mounts ' + ${exposing}.map(v, v.hostPath.path).join(', ')`,
  remediation: 'Build images and read metrics without the socket; a read-only mount of it is no better.',
  samples: {
    allowed: [
      sample('no volumes', pod()),
      sample('empty volumes', pod({ volumes: [] })),
      sample('another kind of volume', pod({ volumes: [{ name: 'tmp', emptyDir: {} }] })),
      sample('another path', pod(mounting('/var/lib/data'))),
      sample('a neighbour', pod(mounting('/run/containerd-data'))),
      sample('a folder beside it', pod(mounting('/run/containerd/io.containerd.grpc.v1.cri'))),
      sample('another socket', pod(mounting('/run/docker.sock')), { sockets: ['/run/crio/crio.sock'] }),
      sample('in a DaemonSet', workload('DaemonSet', mounting('/var/log'))),
    ],
    denied: [
      sample('the socket', pod(mounting('/run/containerd/containerd.sock'))),
      sample('by its other path', pod(mounting('/var/run/docker.sock', { type: 'Socket' }))),
      sample('with more slashes', pod(mounting('/var//run/./docker.sock/'))),
      sample('the folder that it is in', pod(mounting('/run/containerd'))),
      sample('the folder of all sockets', pod(mounting('/var/run/'))),
      sample('the whole node', pod(mounting('/'))),
      sample('a named pipe', pod(mounting('\\\\.\\pipe\\docker_engine'))),
      sample('the other path of the parameter', pod(mounting('/run/own.sock')), {
        sockets: ['/var/run/own.sock'],
      }),
      sample('a named pipe of the parameter', pod(mounting('//./pipe/own')), {
        sockets: ['\\\\.\\pipe\\own'],
      }),
      sample('one of the parameter', pod(mounting('/srv/runtime.sock')), { sockets: ['/srv/runtime.sock'] }),
      sample('in a CronJob', workload('CronJob', mounting('/run/crio/crio.sock'))),
    ],
  },
};
