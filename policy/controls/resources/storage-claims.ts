import type { ObjectControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { QUANTITY } from '../../parts/quantities';
import { object, pod, sample, workload } from '../../samples';

/** CEL: the specs of all claims that an object is, makes for its pods, or makes with them. */
const claims =
  "((object.kind == 'PersistentVolumeClaim' ? [object.spec] : []) + " +
  "(object.kind == 'StatefulSet' ? object.?spec.?volumeClaimTemplates.orValue([]).map(t, t.spec) : []) + " +
  'variables.podSpec.?volumes.orValue([]).filter(v, v.?ephemeral.?volumeClaimTemplate.hasValue())' +
  '.map(v, v.ephemeral.volumeClaimTemplate.spec))';
/** The cluster's own class, where none is named, is as good as those that are listed. */
const listed =
  'variables.params.classes.size() == 0 || !s.?storageClassName.hasValue() || s.storageClassName in variables.params.classes';
const size = "string(s.?resources.?requests.?storage.orValue('0'))";
const small = `!quantity(${size}).isGreaterThan(quantity(variables.params.maximum))`;

const spec = (storage: unknown, storageClassName?: string): object => ({
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage } },
  ...(storageClassName === undefined ? {} : { storageClassName }),
});
const claim = (storage: unknown, storageClass?: string): KubernetesObject =>
  object('v1', 'PersistentVolumeClaim', { spec: spec(storage, storageClass) });
const statefulSet = (storage: string, storageClass?: string): KubernetesObject => {
  const base = workload('StatefulSet');
  const template = { metadata: { name: 'data' }, spec: spec(storage, storageClass) };
  return { ...base, spec: { ...(base.spec as object), volumeClaimTemplates: [template] } };
};
const ephemeral = (storage: string, storageClass?: string): Record<string, unknown> => ({
  volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: spec(storage, storageClass) } } }],
});
const onlyFast = { classes: ['fast'] };

export const control: ObjectControl = {
  scope: 'object',
  id: 'storage-claims',
  covers: ['RES-06'],
  title: 'Every claim of storage is of a class that is listed, and not above the maximum',
  why: 'A class decides whether data is encrypted and kept; a claim without bounds is a bill without bounds.',
  severity: 'low',
  cis: [],
  nsa: 'Resource policies',
  match: ['persistentVolumeClaim', 'podBearing'],
  parameters: {
    classes: {
      type: 'array',
      items: { type: 'string' },
      description: "Storage classes that may be claimed, the cluster's default class among them. Empty: any.",
      default: [],
    },
    maximum: { type: 'string', pattern: QUANTITY, description: 'The largest claim.', default: '1Ti' },
  },
  expression: `${claims}.all(s, (${listed}) && ${small})`,
  message:
    `${claims}.filter(s, !((${listed}) && ${small})).map(s, 'it claims ' + ${size} + ' of ' + ` +
    "(s.?storageClassName.orValue('') == '' ? 'no class' : 'class ' + s.storageClassName)).join(', ')",
  remediation: 'Claim less, and name a class of the parameter classes.',
  samples: {
    allowed: [
      sample('a claim', claim('10Gi')),
      sample('the largest', claim('1024Gi', 'any')),
      sample('a number of bytes', claim(1073741824)),
      sample('a class that is listed', claim('10Gi', 'fast'), onlyFast),
      sample("the cluster's own class", claim('10Gi'), { classes: ['fast', 'standard'] }),
      sample('a StatefulSet', statefulSet('10Gi', 'fast'), onlyFast),
      sample('a StatefulSet without claims', workload('StatefulSet'), onlyFast),
      sample('a volume that goes with its pod', pod(ephemeral('10Gi'))),
      sample('other volumes', pod({ volumes: [{ name: 'tmp', emptyDir: {} }] }), onlyFast),
    ],
    denied: [
      sample('too large', claim('2Ti')),
      sample('too large by number', claim(2199023255552)),
      sample('another class', claim('10Gi', 'slow'), onlyFast),
      sample('explicitly no class', claim('10Gi', ''), onlyFast),
      sample('a StatefulSet', statefulSet('2Ti')),
      sample('a StatefulSet with another class', statefulSet('1Gi', 'slow'), onlyFast),
      sample('a volume that goes with its pod', pod(ephemeral('2Ti'))),
      sample(
        'a volume of another class in a Deployment',
        workload('Deployment', ephemeral('1Gi', 'slow')),
        onlyFast,
      ),
    ],
  },
};
