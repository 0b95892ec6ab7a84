import { KIND_BY_KEY, kindsOf, type Match } from './kinds';

/** A Kubernetes object as in a manifest. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata?: { name?: unknown; namespace?: unknown; labels?: unknown; [field: string]: unknown };
  [field: string]: unknown;
}

/** The lists of containers in a pod spec. The scheduler plans for the first two; the last are for debugging. */
export const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;
export const PLANNED_CONTAINER_LISTS = ['containers', 'initContainers'] as const;

/** The pod-bearing kinds, as `group/Kind`; the core group is empty: `/Pod`. */
export const POD_BEARING_KINDS = [...KIND_BY_KEY].filter(([, { podSpec }]) => podSpec).map(([key]) => key);

/** Path of the pod spec in an object of this kind (any version of its group); undefined where it has none. */
export function podSpecPath({ apiVersion, kind }: KubernetesObject): readonly string[] | undefined {
  return KIND_BY_KEY.get(`${groupOf(apiVersion)}/${kind}`)?.podSpec;
}

/** Labels and annotations of the pods that an object makes, or of the pod itself: metadata of the template. */
export function podMetadataOf(object: KubernetesObject): Record<string, unknown> {
  const path = podSpecPath(object);
  const metadata = path && fieldAt(object, [...path.slice(0, -1), 'metadata']);
  return isRecord(metadata) ? metadata : {};
}

function fieldAt(object: KubernetesObject, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, field) => (isRecord(value) ? value[field] : undefined), object);
}

/** The pod spec that an object carries; an empty one where it carries none. */
export function podSpecOf(object: KubernetesObject): Record<string, unknown> {
  const path = podSpecPath(object);
  const spec = path && fieldAt(object, path);
  return isRecord(spec) ? spec : {};
}

/** The containers of a pod spec out of these lists, in their order. */
export function containersOf(podSpec: Record<string, unknown>, lists: readonly string[]): unknown[] {
  return lists.flatMap((list) => {
    const containers = podSpec[list];
    return Array.isArray(containers) ? (containers as unknown[]) : [];
  });
}

/** True when a control that judges these judges the object. */
export function matches(object: KubernetesObject, match: readonly Match[]): boolean {
  return matcher(match)(object);
}

/** Whether objects are of what a control judges; see `kindKey`, which whoever asks often keeps. */
export type Matcher = (object: KubernetesObject, key?: string) => boolean;

/** The same for many objects. */
export function matcher(match: readonly Match[]): Matcher {
  const key = match.join();
  const known = matchers.get(key) ?? newMatcher(match);
  matchers.set(key, known);
  return known;
}

const matchers = new Map<string, Matcher>();

/** Whether a kind is among these is found out once; whether an object names a namespace is asked of each. */
function newMatcher(match: readonly Match[]): Matcher {
  const known = new Map<string, boolean>();
  const asksForNamespace = match.includes('namespaced');
  return (object, key = kindKey(object)) => {
    const isKind = known.get(key) ?? match.some((each) => isOf(object, each));
    known.set(key, isKind);
    return isKind || (asksForNamespace && isNamespaced(object));
  };
}

/** `apps/v1 Deployment`. */
export function kindKey({ apiVersion, kind }: KubernetesObject): string {
  return `${apiVersion} ${kind}`;
}

function isOf({ apiVersion, kind }: KubernetesObject, match: Match): boolean {
  if (match === 'all') return true;
  const group = groupOf(apiVersion);
  const kinds = kindsOf(match) ?? [];
  return kinds.some((each) => each.group === group && (each.kind === '*' || each.kind === kind));
}

/** True where the object names a namespace, or is of a kind that takes one. */
function isNamespaced(object: KubernetesObject): boolean {
  const { apiVersion, kind } = object;
  return KIND_BY_KEY.get(`${groupOf(apiVersion)}/${kind}`)?.namespaced === true || namesNamespace(object);
}

function namesNamespace(object: KubernetesObject): boolean {
  try {
    const { namespace = '' } = object.metadata ?? {};
    return namespace !== '';
  } catch {
    // Not known yet, and so there.
    return true;
  }
}

/** Kinds of Kubernetes' own groups that belong to no namespace; kinds of other groups are told by their CRDs. */
const CLUSTER_SCOPED = new Set([
  'APIService',
  'CertificateSigningRequest',
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterTrustBundle',
  'CSIDriver',
  'CSINode',
  'CustomResourceDefinition',
  'DeviceClass',
  'FlowSchema',
  'IngressClass',
  'IPAddress',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'ResourceSlice',
  'RuntimeClass',
  'ServiceCIDR',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
  'VolumeAttributesClass',
]);

/** True where an object of this kind is known to belong to no namespace. */
export function isClusterScoped({ apiVersion, kind }: KubernetesObject): boolean {
  const group = groupOf(apiVersion);
  return (!group.includes('.') || group.endsWith('.k8s.io')) && CLUSTER_SCOPED.has(kind);
}

/** "apps" of "apps/v1"; empty for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** The object itself; of a List (`PodList`, `v1 List`) its items, which take a kind they lack from the list's. */
export function flattenList(object: KubernetesObject): KubernetesObject[] {
  const { apiVersion, kind, items } = object;
  if (!kind.endsWith('List') || !Array.isArray(items)) return [object];
  const itemKind = kind.slice(0, -'List'.length);
  return items
    .filter(isRecord)
    .map((item) => ({ apiVersion, kind: itemKind, ...item }))
    .flatMap(flattenList);
}

/** True for what a manifest can hold: both `apiVersion` and `kind` are there and are text. */
export function isKubernetesObject(value: unknown): value is KubernetesObject {
  return isRecord(value) && typeof value.apiVersion === 'string' && typeof value.kind === 'string';
}

/** `Deployment shop/api`, for messages. */
export function describeObject({ kind, metadata }: KubernetesObject): string {
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  // Files of a node have no metadata.
  if (!metadata) return `${kind} (without a name)`;
  const namespace = text(metadata.namespace);
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${text(metadata.name) ?? '(name not known yet)'}`;
}

/** What an object is, in whatever version: `group/Kind namespace/name`, with nothing for what it has not. */
export function identityOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return `${groupOf(apiVersion)}/${kind} ${text(metadata?.namespace)}/${text(metadata?.name)}`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
