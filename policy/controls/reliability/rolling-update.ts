import type { ObjectControl } from '../../control';
import { specOf } from '../../parts/scaling';
import type { KubernetesObject } from '../../objects';
import { sample, workload } from '../../samples';

const isDeployment = "object.kind == 'Deployment'";
const strategy = `(${isDeployment} ? object.?spec.?strategy : object.?spec.?updateStrategy)`;
const type = `${strategy}.?type.orValue('RollingUpdate')`;
const unavailable = `string(${strategy}.?rollingUpdate.?maxUnavailable.orValue(${isDeployment} ? '25%' : '1'))`;
/** A claim that one pod at a time can mount is never free for the next while the last still runs. */
const mounts = 'variables.podSpec.?volumes.orValue([]).exists(v, v.?persistentVolumeClaim.hasValue())';
const replicas = 'int(object.?spec.?replicas.orValue(1))';
/** What a Deployment says of itself where that is a number: its default is a percentage. */
const number = `int(${strategy}.?rollingUpdate.?maxUnavailable.orValue(1))`;
const few =
  `(${unavailable}.endsWith('%') ? int(${unavailable}.substring(0, ${unavailable}.size() - 1)) <= variables.params.percent : ` +
  `!(${isDeployment}) || ${number} <= 1 || ${number} < ${replicas})`;
/** The other type of a Deployment is Recreate; that of a DaemonSet, OnDelete. */
const ok = `${type} == 'RollingUpdate' ? ${few} : (${isDeployment} && ${mounts})`;

const deployment = (fields: object, spec: Record<string, unknown> = {}): KubernetesObject => {
  const base = workload('Deployment', spec);
  return { ...base, spec: { ...specOf(base), ...fields } };
};
const daemonSet = (updateStrategy?: object, spec: Record<string, unknown> = {}): KubernetesObject => {
  const base = workload('DaemonSet', spec);
  return { ...base, spec: { ...specOf(base), ...(updateStrategy ? { updateStrategy } : {}) } };
};
const rolling = (maxUnavailable: unknown): object => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxUnavailable },
});
const claim = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };

// No fix: an application of which two versions must not run at once is one that has Recreate for a reason.
export const control: ObjectControl = {
  scope: 'object',
  id: 'rolling-update',
  covers: ['REL-10'],
  title: 'Every Deployment and DaemonSet is updated a few pods at a time',
  why: 'An update that stops all pods at once is an outage, and a long one where the new version does not start.',
  severity: 'low',
  cis: [],
  match: ['deployment', 'daemonSet'],
  parameters: {
    percent: {
      type: 'integer',
      minimum: 0,
      maximum: 100,
      description: 'The most pods that may be missing, as a percentage.',
      default: 50,
    },
  },
  expression: ok,
  message: `${type} == 'RollingUpdate' ? 'an update may take down ' + ${unavailable} + ' of its pods' : 'its updates are of type ' + ${type}`,
  remediation: 'Use RollingUpdate with a smaller maxUnavailable; Recreate only where the pod mounts a claim.',
  samples: {
    allowed: [
      sample('nothing said, which is well', workload('Deployment')),
      sample('nothing said of a DaemonSet', daemonSet()),
      sample(
        'none at a time',
        deployment({
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        }),
      ),
      sample('some', deployment({ replicas: 5, strategy: rolling(2) })),
      sample('half', deployment({ strategy: rolling('50%') })),
      sample('one of one, which an autoscaler makes more', deployment({ strategy: rolling(1) })),
      sample('nodes', daemonSet(rolling(3))),
      sample(
        'one after the other where a claim is mounted',
        deployment({ strategy: { type: 'Recreate' } }, claim),
      ),
    ],
    denied: [
      sample('all at once', deployment({ strategy: { type: 'Recreate' } })),
      sample(
        'all at once, with other volumes',
        deployment({ strategy: { type: 'Recreate' } }, { volumes: [{ name: 'tmp', emptyDir: {} }] }),
      ),
      sample('every pod', deployment({ strategy: rolling('100%') })),
      sample('as many as there are', deployment({ replicas: 3, strategy: rolling(3) })),
      sample('more than allowed', deployment({ strategy: rolling('30%') }), { percent: 25 }),
      sample('the default is more than allowed', workload('Deployment'), { percent: 10 }),
      sample('by hand', daemonSet({ type: 'OnDelete' })),
      sample('by hand where a claim is mounted', daemonSet({ type: 'OnDelete' }, claim)),
      sample('most nodes', daemonSet(rolling('80%'))),
    ],
  },
};
