import type { ObjectControl } from '../../control';
import { pod, sample, workload } from '../../samples';

// Once a Pod is scheduled its nodeName is the scheduler's; only what is scheduled has that condition.
const pinned =
  "variables.podSpec.?nodeName.orValue('') != '' && " +
  "!object.?status.?conditions.orValue([]).exists(s, s.type == 'PodScheduled')";
const tolerations =
  'variables.podSpec.?tolerations.orValue([]).filter(t, ' +
  "t.?key.orValue('') in variables.params.taints || " +
  // Without a key it is every taint; the control plane's is of the effect NoSchedule.
  "(t.?key.orValue('') == '' && t.?effect.orValue('') in ['', 'NoSchedule']))";
const allowed = "object.?metadata.?namespace.orValue('default') in variables.params.namespaces";

const TAINT = 'node-role.kubernetes.io/control-plane';
const tolerates = (...list: object[]): Record<string, unknown> => ({ tolerations: list });
const onControlPlane = tolerates({ key: TAINT, operator: 'Exists', effect: 'NoSchedule' });

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-control-plane-scheduling',
  covers: ['POD-15'],
  title: 'No pod chooses a node by name, or one of the control plane',
  why: 'A named node takes a pod past the scheduler and its rules; next to etcd a container is one escape from the cluster.',
  severity: 'medium',
  cis: [],
  nsa: 'Worker node segmentation',
  match: ['podBearing'],
  parameters: {
    namespaces: {
      type: 'array',
      items: { type: 'string' },
      description: 'Namespaces whose pods may: those of agents that run on every node.',
      default: ['kube-system'],
    },
    taints: {
      type: 'array',
      items: { type: 'string' },
      description: 'Taints that keep pods off the control plane.',
      default: [TAINT, 'node-role.kubernetes.io/master'],
    },
  },
  expression: `${allowed} || (!(${pinned}) && ${tolerations}.size() == 0)`,
  message:
    `(${pinned}) ? 'the pod names the node ' + variables.podSpec.nodeName : ` +
    `'the pod tolerates ' + ${tolerations}.map(t, t.?key.orValue('every taint')).join(', ')`,
  remediation: 'Leave nodeName and the toleration out; choose nodes with nodeSelector or affinity.',
  samples: {
    allowed: [
      sample('nothing said', pod()),
      sample('an empty list', pod(tolerates())),
      sample('no name', pod({ nodeName: '' })),
      sample('another taint', pod(tolerates({ key: 'gpu', operator: 'Exists' }))),
      sample('every taint, to be evicted late', pod(tolerates({ operator: 'Exists', effect: 'NoExecute' }))),
      sample('an allowed namespace', pod(onControlPlane), { namespaces: ['samples'] }),
      sample('another taint of the control plane', pod(onControlPlane), {
        taints: ['example.com/control-plane'],
      }),
      sample('in a DaemonSet', workload('DaemonSet', { nodeSelector: { 'kubernetes.io/os': 'linux' } })),
    ],
    denied: [
      sample('a node', pod({ nodeName: 'node-1' })),
      sample('the taint', pod(onControlPlane)),
      sample(
        'the taint of old',
        pod(tolerates({ key: 'node-role.kubernetes.io/master', operator: 'Exists' })),
      ),
      sample('by an empty value', pod(tolerates({ key: TAINT, operator: 'Equal', value: '' }))),
      sample('every taint', pod(tolerates({ operator: 'Exists' }))),
      sample('every taint of the effect', pod(tolerates({ operator: 'Exists', effect: 'NoSchedule' }))),
      sample(
        'the second',
        pod(tolerates({ key: 'gpu', operator: 'Exists' }, { key: TAINT, operator: 'Exists' })),
      ),
      sample('a taint of the parameter', pod(tolerates({ key: 'gpu', operator: 'Exists' })), {
        taints: ['gpu'],
      }),
      sample('in a DaemonSet', workload('DaemonSet', onControlPlane)),
      sample('in a CronJob', workload('CronJob', { nodeName: 'node-1' })),
    ],
  },
};
