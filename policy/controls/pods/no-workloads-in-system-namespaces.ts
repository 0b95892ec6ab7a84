import type { ObjectControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { pod, sample, workload } from '../../samples';
import { SYSTEM_NAMESPACES } from '../../stack';

const NAMESPACE = "object.?metadata.?namespace.orValue('')";
const NAME = "object.?metadata.?name.orValue('')";

const inNamespace = (namespace: string | undefined, object: KubernetesObject = pod()): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-workloads-in-system-namespaces',
  covers: ['POD-13'],
  title: "No workload runs in the cluster's own namespaces",
  why: 'What runs there is beyond quotas, policies and backups, next to the Secrets of the control plane.',
  severity: 'high',
  cis: [{ section: '5.6.1', formerly: '5.7.1', heuristic: true }],
  nsa: 'Namespaces',
  match: ['podBearing'],
  noAdmissionTwin:
    'no policy on the cluster judges its own namespaces, where whoever upgrades the cluster replaces what runs there',
  parameters: {
    allow: {
      type: 'array',
      items: { type: 'string', pattern: '^[a-z0-9-]+/[a-z0-9.-]+$' },
      description: 'Workloads that may run there, as namespace/name.',
      default: [],
    },
  },
  expression:
    `!(${NAMESPACE} in ${JSON.stringify(SYSTEM_NAMESPACES)}) || ` +
    `(${NAMESPACE} + '/' + ${NAME}) in variables.params.allow`,
  message: `'it runs in the namespace ' + ${NAMESPACE}`,
  remediation: 'Give it a namespace of its own.',
  samples: {
    allowed: [
      sample('a namespace of its own', pod()),
      sample('no namespace', inNamespace(undefined)),
      sample('an allowed one', inNamespace('kube-system'), { allow: ['kube-system/sample'] }),
      sample('in a Deployment', workload('Deployment')),
    ],
    denied: [
      ...SYSTEM_NAMESPACES.map((namespace) => sample(namespace, inNamespace(namespace))),
      sample('beside an allowed one', inNamespace('kube-system'), { allow: ['kube-system/other'] }),
      sample('allowed elsewhere', inNamespace('kube-system'), { allow: ['kube-public/sample'] }),
      sample('a DaemonSet', inNamespace('kube-system', workload('DaemonSet'))),
      sample('a CronJob', inNamespace('kube-public', workload('CronJob'))),
    ],
  },
};
