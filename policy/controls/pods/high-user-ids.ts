import { eachContainer, type ObjectControl } from '../../control';
import { container, pod, sample, workload } from '../../samples';

const POD = 'variables.podSpec.?securityContext';
const minUid = 'variables.params.minUid';
const minGid = 'variables.params.minGid';
// Windows has no such ids, and the API server refuses them there.
const explicit = "(variables.params.explicit && variables.podSpec.?os.?name.orValue('') != 'windows')";

/** The id that a container runs with: its own, else the pod's; where none is named, it is the image's. */
const idOf = (field: string, least: string): string =>
  `int(c.?securityContext.?${field}.orValue(${POD}.?${field}.orValue(${explicit} ? -1 : ${least})))`;
const uid = idOf('runAsUser', minUid);
const gid = idOf('runAsGroup', minGid);
const what = (field: string, id: string): string =>
  `(${id} < 0 ? 'names no ${field}' : 'has the ${field} ' + string(${id}))`;
const containers = eachContainer(
  `${uid} >= ${minUid} && ${gid} >= ${minGid}`,
  `(${uid} < ${minUid} ? ${what('runAsUser', uid)} : ${what('runAsGroup', gid)})`,
);
const groups = `([${POD}.?fsGroup.orValue(${minGid})] + ${POD}.?supplementalGroups.orValue([]))`;
const groupsAreHigh = `${groups}.all(g, int(g) >= ${minGid})`;

const ids = (runAsUser: number, runAsGroup: number): Record<string, unknown> => ({
  securityContext: { runAsUser, runAsGroup },
});
const required = { explicit: true };

export const control: ObjectControl = {
  scope: 'object',
  id: 'high-user-ids',
  covers: ['POD-04'],
  title: "No process has a user or group id that a node's own users have",
  why: "Who gets out of a container, or writes to a node's file system, is there whoever has the same number.",
  severity: 'low',
  cis: [{ section: '5.6.3', formerly: '5.7.3' }],
  nsa: 'Non-root containers',
  match: ['podBearing'],
  parameters: {
    minUid: { type: 'integer', minimum: 1, description: 'The lowest user id.', default: 1000 },
    minGid: {
      type: 'integer',
      minimum: 1,
      description: 'The lowest group id, of processes and of volumes.',
      default: 1000,
    },
    explicit: {
      type: 'boolean',
      description: 'Whether runAsUser and runAsGroup must be named, instead of left to the image.',
      default: false,
    },
  },
  expression: `${groupsAreHigh} && ${containers.expression}`,
  message:
    `${groupsAreHigh} ? ${containers.message} : 'the pod has the groups ' + ` +
    `${groups}.filter(g, int(g) < ${minGid}).map(g, string(g)).join(', ')`,
  culprits: `${groupsAreHigh} ? ${containers.culprits} : []`,
  remediation:
    'Set runAsUser, runAsGroup, fsGroup and supplementalGroups to ids that no node uses, such as 10001.',
  samples: {
    allowed: [
      sample('none named', pod()),
      sample('the lowest', pod(ids(1000, 1000))),
      sample('all named', pod(ids(10001, 10001)), required),
      sample('groups', pod({ securityContext: { fsGroup: 2000, supplementalGroups: [3000, 4000] } })),
      sample('no groups', pod({ securityContext: { supplementalGroups: [] } })),
      sample('other bounds', pod(ids(472, 99)), { minUid: 100, minGid: 1 }),
      sample(
        'the container outdoes the pod',
        pod({ ...ids(1, 1), containers: [container(ids(2000, 2000))] }),
      ),
      sample('Windows', pod({ os: { name: 'windows' } }), required),
      sample('in a Job', workload('Job', ids(1000, 1000))),
    ],
    denied: [
      sample('user 0', pod({ securityContext: { runAsUser: 0 } })),
      sample('group 0', pod({ securityContext: { runAsGroup: 0 } })),
      sample('a low user', pod(ids(999, 1000))),
      sample('a low group', pod(ids(1000, 999))),
      sample('group 0 with the lowest bounds', pod(ids(1, 0)), { minUid: 1, minGid: 1 }),
      sample('group 0 for volumes', pod({ securityContext: { fsGroup: 0 } })),
      sample('group 0 among others', pod({ securityContext: { supplementalGroups: [2000, 0] } })),
      sample('below other bounds', pod(ids(9999, 20000)), { minUid: 10000 }),
      sample('none named where they must be', pod(), required),
      sample('no group named where it must be', pod({ securityContext: { runAsUser: 2000 } }), required),
      sample('a container', pod({ ...ids(2000, 2000), containers: [container(ids(1, 2000))] })),
      sample('an init container', pod({ initContainers: [container({ name: 'init', ...ids(0, 0) })] })),
      sample(
        'an ephemeral container',
        pod({ ephemeralContainers: [container({ name: 'debug', ...ids(0, 0) })] }),
      ),
      sample('in a CronJob', workload('CronJob', ids(10, 10))),
    ],
  },
};
