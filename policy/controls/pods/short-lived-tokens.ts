import type { ObjectControl } from '../../control';
import { isRecord, podSpecOf, type KubernetesObject } from '../../objects';
import { pod, sample, workload } from '../../samples';

/** Seconds that a token lasts where nothing is said. */
const DEFAULT = 3600;
const tooLong = `int(s.?serviceAccountToken.?expirationSeconds.orValue(${DEFAULT})) > variables.params.max`;
const volumes = `variables.podSpec.?volumes.orValue([]).filter(v, v.?projected.?sources.orValue([]).exists(s, ${tooLong}))`;

const projecting = (token: object, ...others: object[]): Record<string, unknown> => ({
  volumes: [
    {
      name: 'token',
      projected: { sources: [...others, { serviceAccountToken: { path: 'token', ...token } }] },
    },
  ],
});

/** The tokens that an object's pods have projected into volumes. */
function tokensIn(object: KubernetesObject): Record<string, unknown>[] {
  const { volumes: all } = podSpecOf(object);
  const list = Array.isArray(all) ? all.filter(isRecord) : [];
  const sources = list.flatMap(({ projected }) => (isRecord(projected) ? projected.sources : []));
  return sources
    .filter(isRecord)
    .map((source) => source.serviceAccountToken)
    .filter(isRecord);
}

export const control: ObjectControl = {
  scope: 'object',
  id: 'short-lived-tokens',
  covers: ['POD-18'],
  title: 'No token that a pod mounts lasts longer than half a day',
  why: 'A stolen token works until it ends; the kubelet renews it in time, however short it is.',
  severity: 'low',
  cis: [{ section: '5.1.6' }],
  nsa: 'Protecting Pod service account tokens',
  match: ['podBearing'],
  parameters: {
    max: {
      type: 'integer',
      // The token that the API server itself gives every pod.
      minimum: 3607,
      description: 'The longest time that a projected token may last, in seconds.',
      default: 43_200,
    },
  },
  expression: `${volumes}.size() == 0`,
  message: `'the pod has tokens that last too long in the volumes ' + ${volumes}.map(v, v.name).join(', ')`,
  remediation: 'Lower expirationSeconds of the token; an hour is the default.',
  fix: (object, { max }) => {
    for (const token of tokensIn(object)) {
      if (Number(token.expirationSeconds ?? DEFAULT) > Number(max)) token.expirationSeconds = max;
    }
  },
  samples: {
    allowed: [
      sample('no volumes', pod()),
      sample('no projected ones', pod({ volumes: [{ name: 'tmp', emptyDir: {} }] })),
      sample('no sources', pod({ volumes: [{ name: 'token', projected: { sources: [] } }] })),
      sample('nothing said, which is an hour', pod(projecting({}))),
      sample('the longest', pod(projecting({ expirationSeconds: 43_200 }))),
      sample('another longest', pod(projecting({ expirationSeconds: 86_400 })), { max: 86_400 }),
      sample('in a Deployment', workload('Deployment', projecting({ expirationSeconds: 600 }))),
    ],
    denied: [
      sample('a second more', pod(projecting({ expirationSeconds: 43_201 }))),
      sample('a year', pod(projecting({ expirationSeconds: 31_536_000 }))),
      sample('a shorter bound', pod(projecting({ expirationSeconds: 7200 })), { max: 3607 }),
      sample(
        'the second source',
        pod(projecting({ expirationSeconds: 86_400 }, { downwardAPI: { items: [] } })),
      ),
      sample('in a CronJob', workload('CronJob', projecting({ expirationSeconds: 86_400 }))),
    ],
  },
};
