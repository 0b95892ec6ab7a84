import type { ObjectControl } from '../../control';
import { isRecord, podMetadataOf } from '../../objects';
import { namespace } from '../../parts/network-samples';
import { labelled, pod, sample, workload } from '../../samples';

const label = (key: string): string => `object.?metadata.?labels[?'${key}'].orValue('')`;
const APP = 'platform.dev/tenant';
/** Whose pods should be in the mesh. */
const IS_APP =
  "(variables.params.label == '' || object.?metadata.?labels[?variables.params.label].orValue('') != '')";
const IS_INJECTED =
  `(${label('istio-injection')} == 'enabled' || ${label('istio.io/dataplane-mode')} == 'ambient' || ` +
  `(${label('istio.io/rev')} != '' && ${label('istio-injection')} == ''))`;

const INJECT = 'sidecar.istio.io/inject';
const MODE = 'istio.io/dataplane-mode';
/** Whatever does not say yes says no. */
const YES = ['', 'true'];
const saysNo = (field: string): string =>
  `!(variables.podMetadata.?${field}[?'${INJECT}'].orValue('') in ['${YES.join("', '")}'])`;
/** A gateway, which is told to be a proxy itself, is no concern of the node's. */
const LEAVES_NODE_PROXY =
  `variables.podMetadata.?labels[?'${MODE}'].orValue('') == 'none' && ` +
  `variables.podMetadata.?labels[?'${INJECT}'].orValue('') == ''`;
const OPTS_OUT = `(${saysNo('labels')} || ${saysNo('annotations')} || (${LEAVES_NODE_PROXY}))`;
const IS_EXEMPT =
  "(object.kind == 'Namespace' ? object.?metadata.?name.orValue('') : object.?metadata.?namespace.orValue('default'))" +
  ' in variables.params.exempt';

const app = (labels: Record<string, unknown> = {}): ReturnType<typeof namespace> =>
  namespace('samples', { [APP]: 'shop', ...labels });
const podWith = (metadata: object): ReturnType<typeof pod> => {
  const { metadata: own, ...rest } = pod();
  return { ...rest, metadata: { ...own, ...metadata } };
};

export const control: ObjectControl = {
  scope: 'object',
  id: 'mesh-injection',
  covers: ['MSH-04'],
  title: 'Every application is in the mesh, and no pod leaves it',
  why: 'A pod without a proxy has no identity: policies of the mesh neither hold for it nor know who it is.',
  severity: 'medium',
  cis: [],
  nsa: 'Service meshes',
  match: ['namespace', 'podBearing'],
  parameters: {
    label: {
      type: 'string',
      description: 'Label that namespaces of applications have; every namespace is one where this is empty.',
      default: APP,
    },
    exempt: {
      type: 'array',
      items: { type: 'string' },
      description: "Namespaces that are not judged, nor are their pods; by default those of Istio's own.",
      default: ['istio-cni', 'istio-ingress', 'istio-system'],
    },
  },
  expression: `${IS_EXEMPT} || (object.kind == 'Namespace' ? !${IS_APP} || ${IS_INJECTED} : !${OPTS_OUT})`,
  message: "object.kind == 'Namespace' ? 'its pods are not in the mesh' : 'its pods leave the mesh'",
  remediation:
    'Label the namespace istio-injection: enabled, and leave sidecar.istio.io/inject out of its pods.',
  fix: (object, { exempt, label: key }) => {
    const { kind, metadata } = object;
    const place = kind === 'Namespace' ? metadata?.name : (metadata?.namespace ?? 'default');
    if ((exempt as unknown[]).includes(place)) return;
    if (kind === 'Namespace') inject(object, String(key));
    else stay(podMetadataOf(object));
  },
  samples: {
    allowed: [
      sample('injection', app({ 'istio-injection': 'enabled' })),
      sample('a revision', app({ 'istio.io/rev': 'stable' })),
      sample('node proxies', app({ [MODE]: 'ambient' })),
      sample('a namespace of no application', namespace()),
      sample('an empty label, which is none', namespace('samples', { [APP]: '' })),
      sample('an exempt namespace', app(), { exempt: ['samples'] }),
      sample('another label', app(), { label: 'example.com/app' }),
      sample('a pod', pod()),
      sample('a pod that says yes', labelled(pod(), { [INJECT]: 'true' })),
      sample('a pod whose annotation says yes', podWith({ annotations: { [INJECT]: 'true' } })),
      sample('a pod that says nothing', podWith({ annotations: { [INJECT]: '' } })),
      sample('a gateway', labelled(pod(), { [INJECT]: 'true', [MODE]: 'none' })),
      sample('a pod of an exempt namespace', labelled(pod(), { [INJECT]: 'false' }), { exempt: ['samples'] }),
      sample(
        'a label of the workload, which has no effect',
        labelled(workload('Deployment'), { [INJECT]: 'false' }),
      ),
    ],
    denied: [
      sample('no label', app()),
      sample('injection that is off', app({ 'istio-injection': 'disabled' })),
      sample('an empty label', app({ 'istio-injection': '' })),
      sample(
        'a revision, and injection that is off',
        app({ 'istio.io/rev': 'stable', 'istio-injection': 'disabled' }),
      ),
      sample('an empty revision', app({ 'istio.io/rev': '' })),
      sample('every namespace', namespace(), { label: '' }),
      sample('a pod by its label', labelled(pod(), { [INJECT]: 'false' })),
      sample('a pod by its annotation', podWith({ annotations: { [INJECT]: 'false' } })),
      sample('a pod that says neither yes nor no', labelled(pod(), { [INJECT]: 'never' })),
      sample('a pod of an ambient mesh', labelled(pod(), { [MODE]: 'none' })),
      sample(
        'a Deployment',
        workload('Deployment', {}, { labels: { 'app.kubernetes.io/name': 'sample', [INJECT]: 'false' } }),
      ),
      sample('a CronJob', workload('CronJob', {}, { annotations: { [INJECT]: 'no' } })),
    ],
  },
};

function inject({ metadata }: { metadata?: { labels?: unknown } }, key: string): void {
  const labels = metadata?.labels;
  const isApp = key === '' || (isRecord(labels) && typeof labels[key] === 'string' && labels[key] !== '');
  if (!metadata || !isApp) return;
  const known = isRecord(labels) ? labels : {};
  const { [MODE]: mode, 'istio.io/rev': revision, 'istio-injection': injection } = known;
  if (injection === 'enabled' || mode === 'ambient') return;
  // A revision is injection already, unless it is said otherwise.
  if (revision !== undefined && revision !== '' && (injection === undefined || injection === '')) return;
  metadata.labels = { ...known, 'istio-injection': 'enabled' };
}

function stay({ labels, annotations }: Record<string, unknown>): void {
  for (const fields of [labels, annotations]) {
    const value = isRecord(fields) ? fields[INJECT] : undefined;
    if (typeof value === 'string' && !YES.includes(value)) {
      delete (fields as Record<string, unknown>)['sidecar.istio.io/inject'];
    }
  }
  if (isRecord(labels) && labels[MODE] === 'none' && (labels[INJECT] ?? '') === '') {
    delete labels['istio.io/dataplane-mode'];
  }
}
