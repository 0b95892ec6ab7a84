import type { ResourceControl } from '../../control';
import { resource } from '../../parts/program';
import { release, sample } from '../../samples';

/** Fields with everything below them, wherever they are in an object. */
const FIELDS = [
  'automountServiceAccountToken',
  'capabilities',
  'egress',
  'ephemeralContainers',
  'failurePolicy',
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'image',
  'ingress',
  'initContainers',
  'namespaceSelector',
  'podSelector',
  'policyTypes',
  'roleRef',
  'rules',
  'securityContext',
  'serviceAccountName',
  'subjects',
  'validationActions',
  'version',
  'volumes',
  'webhooks',
];
/** Fields that hold them: to ignore one of these is to ignore all that is in it. */
const WHOLES = ['*', 'containers', 'jobTemplate', 'labels', 'metadata', 'spec', 'template', 'values'];
/** Prefix of labels that decide which pods are let in. */
const LABELS = 'pod-security.kubernetes.io/';

const ignoring = (...ignoreChanges: string[]): ReturnType<typeof resource> =>
  resource('apps/v1:Deployment', { options: { ignoreChanges } });

export const control: ResourceControl = {
  scope: 'resource',
  id: 'no-ignored-security',
  covers: ['PUL-02'],
  title: 'No resource ignores changes of what keeps it safe',
  why: 'What is ignored stays as somebody left it on the cluster, and no update ever mends it.',
  severity: 'high',
  cis: [],
  types: ['kubernetes:'],
  parameters: {
    fields: {
      type: 'array',
      items: { type: 'string' },
      description: 'Names of fields that must not be ignored, wherever they are.',
      default: FIELDS,
    },
  },
  remediation: 'Name the one field in ignoreChanges that others change, such as spec.replicas.',
  judge: ({ options }, { fields }) => {
    const found = options.ignoreChanges.filter((path) => {
      const segments = segmentsOf(path);
      const isWhole = WHOLES.includes(segments.at(-1) ?? '*');
      return isWhole || segments.some((one) => one.startsWith(LABELS) || (fields as string[]).includes(one));
    });
    return found.length === 0 ? undefined : `it ignores changes of ${found.join(', ')}`;
  },
  samples: {
    allowed: [
      sample('nothing', ignoring()),
      sample('what an autoscaler changes', ignoring('spec.replicas')),
      sample('an annotation', ignoring('metadata.annotations["example.com/a"]')),
      sample('a label', ignoring('metadata.labels.team')),
      sample('one value of a release', release({}, { ignoreChanges: ['values.replicas'] })),
      sample('a field that is not listed', ignoring('spec.template.spec.volumes'), { fields: ['image'] }),
    ],
    denied: [
      sample('everything', ignoring('*')),
      sample('the whole spec', ignoring('spec')),
      sample('all containers', ignoring('spec.template.spec.containers')),
      sample('one container', ignoring('spec.template.spec.containers[0]')),
      sample('every container', ignoring('spec.template.spec.containers[*].image')),
      sample('a security context', ignoring('spec.replicas', 'spec.template.spec.securityContext.runAsUser')),
      sample('in brackets', ignoring('spec["template"]["spec"]["hostPID"]')),
      sample('a level of Pod Security', ignoring('metadata.labels["pod-security.kubernetes.io/enforce"]')),
      sample(
        'the rules of a role',
        resource('rbac.authorization.k8s.io/v1:Role', { options: { ignoreChanges: ['rules'] } }),
      ),
      sample('the values of a release', release({}, { ignoreChanges: ['values'] })),
      sample('another field', ignoring('spec.paused'), { fields: ['paused'] }),
    ],
  },
};

/** `a["b.c"].d[0]` as a, b.c, d: without the places in lists. */
function segmentsOf(path: string): string[] {
  const parts = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)];
  return parts.flatMap(([, quoted, index, plain]) => (index === undefined ? [quoted ?? plain ?? ''] : []));
}
