import type { ObjectControl } from '../../control';
import { replicated } from '../../parts/scaling';
import { sample } from '../../samples';

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const affinity = 'variables.podSpec.?affinity.?podAntiAffinity';
/** CEL over `k`, a key: whether the pods are kept apart by it. */
const spread =
  "(variables.podSpec.?topologySpreadConstraints.orValue([]).exists(s, s.?topologyKey.orValue('') == k) || " +
  `${affinity}.?requiredDuringSchedulingIgnoredDuringExecution.orValue([]).exists(t, t.?topologyKey.orValue('') == k) || ` +
  `${affinity}.?preferredDuringSchedulingIgnoredDuringExecution.orValue([]).exists(t, t.?podAffinityTerm.?topologyKey.orValue('') == k))`;

const labelSelector = { matchLabels: { 'app.kubernetes.io/name': 'sample' } };
const constraints = (...keys: string[]): Record<string, unknown> => ({
  topologySpreadConstraints: keys.map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector,
  })),
});
const apart = (topologyKey: string): object => ({
  podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector }] },
});
const preferably = (topologyKey: string): object => ({
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 1, podAffinityTerm: { topologyKey, labelSelector } },
    ],
  },
});

export const control: ObjectControl = {
  scope: 'object',
  id: 'spread-pods',
  covers: ['REL-09'],
  title: 'Pods of one workload are spread over nodes and zones',
  why: 'Replicas on one node or in one zone go down together.',
  severity: 'low',
  cis: [],
  match: ['replicated'],
  parameters: {
    keys: {
      type: 'array',
      items: { type: 'string' },
      description: 'Labels of nodes by which pods must be spread.',
      default: [HOST, ZONE],
    },
  },
  expression: `int(object.?spec.?replicas.orValue(1)) <= 1 || variables.params.keys.all(k, ${spread})`,
  message: `'its pods are not spread by ' + variables.params.keys.filter(k, !${spread}).join(', ')`,
  remediation: 'Add topologySpreadConstraints, or a podAntiAffinity, with each of these keys.',
  samples: {
    allowed: [
      sample('both', replicated(3, 'Deployment', constraints(HOST, ZONE))),
      sample('kept apart', replicated(3, 'StatefulSet', { ...constraints(ZONE), affinity: apart(HOST) })),
      sample('preferably', replicated(3, 'Deployment', { ...constraints(ZONE), affinity: preferably(HOST) })),
      sample('one replica', replicated(1)),
      sample('none', replicated(0)),
      sample('no number, which is one', replicated()),
      sample('one key', replicated(3, 'Deployment', constraints(HOST)), { keys: [HOST] }),
    ],
    denied: [
      sample('nothing said', replicated(2)),
      sample('nodes only', replicated(2, 'Deployment', constraints(HOST))),
      sample('zones only', replicated(2, 'StatefulSet', constraints(ZONE))),
      sample('another key', replicated(2, 'Deployment', { affinity: apart('rack') })),
      sample(
        'drawn together',
        replicated(2, 'Deployment', {
          affinity: {
            podAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOST, labelSelector }],
            },
          },
        }),
      ),
      sample('empty', replicated(2, 'Deployment', { topologySpreadConstraints: [], affinity: {} })),
    ],
  },
};
