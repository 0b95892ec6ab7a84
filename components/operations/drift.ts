/**
 * Drift inside Helm releases: what a cluster has against what the manifests declare that Helm keeps of each release.
 * `pulumi refresh` does not see it, because for Pulumi a release is one resource; nor does Helm.
 */
import { gunzipSync } from 'node:zlib';
import { parseManifests } from '../../policy/manifests';
import { type KubernetesObject } from '../../policy/objects';
import { Cluster, type KubeClient } from './cluster';
import { declares, differences, type Difference, withDifferences } from './differences';

/** An object of a release that is not what the release declares. */
export interface Drift {
  /** `namespace/name` of the Helm release. */
  release: string;
  kind: string;
  namespace: string | undefined;
  name: string;
  /** Fields that differ, such as `spec.replicas`; empty where the whole object is gone. */
  fields: string[];
  /** The request that puts it right; none where the API server does not know the kind, whose definition is gone. */
  repair?: { method: 'POST' | 'PUT'; path: string; body: object };
}

/** Fields that a chart declares and something else then sets at run time: those of these objects, at this path. */
interface Written {
  kinds: RegExp;
  name?: RegExp;
  path: RegExp;
  writer: string;
}

/** What is no drift, each with who writes it. */
export const WRITTEN: readonly Written[] = [
  {
    kinds: /^(Validating|Mutating)WebhookConfiguration$/,
    path: /^webhooks\[\d+\]\.clientConfig\.caBundle$/,
    writer: "cert-manager's injector, Gatekeeper and istiod: the certificates that they made",
  },
  {
    kinds: /^(APIService|CustomResourceDefinition)$/,
    path: /^spec\.(caBundle|conversion\.webhook\.clientConfig\.caBundle)$/,
    writer: "cert-manager's injector",
  },
  {
    kinds: /^ValidatingWebhookConfiguration$/,
    name: /^istio/,
    path: /^webhooks\[\d+\]\.failurePolicy$/,
    writer: 'istiod, which lets it fail closed once it answers',
  },
];
const AUTOSCALED: Written = { kinds: /./, path: /^spec\.replicas$/, writer: 'the HorizontalPodAutoscaler' };

const MANAGER = 'fieldManager=helm';
/** Requests under way at once. */
const AT_ONCE = 8;

/**
 * The deployed releases of a cluster, as `namespace/name`.
 * @throws Error with the API server's own words when it can't be asked
 */
export async function deployedNames(client: KubeClient): Promise<string[]> {
  const records = await releaseRecords(new Cluster(client));
  return records.map(keyOf);
}

/** What to look at: of the releases (`namespace/name`) that are wanted, the objects that are. By default all. */
export interface Wanted {
  release?: (release: string) => boolean;
  object?: (release: string, object: KubernetesObject) => boolean;
}

/**
 * What differs, of all that is wanted.
 * @throws Error with the API server's own words when it can't be asked
 */
export async function findDrift(client: KubeClient, wanted: Wanted = {}): Promise<Drift[]> {
  const cluster = new Cluster(client);
  const declared = await deployedReleases(cluster, wanted);
  if (declared.length === 0) return [];
  const autoscaled = await autoscaledBy(cluster);
  const found: Drift[] = [];
  const rest = declared.values();
  const work = async (): Promise<void> => {
    for (const { object, release } of rest) {
      const drift = await compare(cluster, release, object, autoscaled);
      if (drift) found.push(drift);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found.sort((one, other) => (describeDrift(one) < describeDrift(other) ? -1 : 1));
}

/**
 * Sets drifted objects back to what their releases declare: missing ones are made, of others only the fields that
 * differ are written. Then looks again, since custom resources can be made only after their definitions.
 *
 * @returns what was set back, and a sentence for each object that could not be, or did not stay so
 */
export async function repairDrift(
  client: KubeClient,
  wanted?: Wanted,
): Promise<{ repaired: Drift[]; problems: string[] }> {
  const cluster = new Cluster(client);
  const repaired = new Map<string, Drift>();
  for (;;) {
    const found = await findDrift(client, wanted);
    const problems: string[] = [];
    let progress = false;
    for (const drift of found) {
      const text = describeDrift(drift);
      const problem = repaired.has(text)
        ? 'again after it was set back: something else writes it'
        : await setBack(cluster, drift);
      if (problem) {
        problems.push(`${text}, ${problem}`);
      } else {
        repaired.set(text, drift);
        progress = true;
      }
    }
    if (!progress) return { repaired: [...repaired.values()], problems };
  }
}

/** @returns why it could not be done */
async function setBack(cluster: Cluster, { repair }: Drift): Promise<string | undefined> {
  if (!repair) return 'and its kind is not served';
  try {
    await cluster.must(repair.method, `${repair.path}?${MANAGER}`, repair.body);
    return undefined;
  } catch (error) {
    return `and could not be set back: ${(error as Error).message}`;
  }
}

/** "release argocd/argo-cd: Deployment argocd/argocd-server differs in spec.replicas". */
export function describeDrift({ fields, kind, name, namespace, release }: Drift): string {
  const what = fields.length > 0 ? `differs in ${fields.join(', ')}` : 'is gone';
  return `release ${release}: ${kind} ${namespace ? `${namespace}/` : ''}${name} ${what}`;
}

interface ReleaseRecord {
  metadata: { namespace: string; labels: { name: string } };
  data: { release: string };
}

async function releaseRecords(cluster: Cluster): Promise<ReleaseRecord[]> {
  const selector = encodeURIComponent('owner=helm,status=deployed');
  return (await cluster.list(`/api/v1/secrets?labelSelector=${selector}`)) as unknown as ReleaseRecord[];
}

function keyOf({ metadata: { labels, namespace } }: ReleaseRecord): string {
  return `${namespace}/${labels.name}`;
}

/** What the newest deployed revisions of these releases declare, hooks left out, as Helm sends it. */
async function deployedReleases(
  cluster: Cluster,
  { release: isWanted = () => true, object: isObjectWanted = () => true }: Wanted,
): Promise<{ release: string; object: NamedObject }[]> {
  const records = await releaseRecords(cluster);
  return records
    .filter((record) => isWanted(keyOf(record)))
    .flatMap(({ data: { release } }) => {
      // Kubernetes' base64 around Helm's.
      const packed = Buffer.from(Buffer.from(release, 'base64').toString('latin1'), 'base64');
      const { manifest, name, namespace } = JSON.parse(gunzipSync(packed).toString('utf8')) as {
        name: string;
        namespace: string;
        manifest: string;
      };
      return parseManifests(manifest)
        .filter((object) => object.metadata?.name !== undefined)
        .filter((object) => isObjectWanted(`${namespace}/${name}`, object))
        .map((object) => ({ release: `${namespace}/${name}`, object: owned(object, name, namespace) }));
    });
}

type NamedObject = KubernetesObject & { metadata: { name: string; namespace?: string } };

/** With what Helm adds to every object of a release, and without what is no wish. */
function owned(object: KubernetesObject, release: string, namespace: string): NamedObject {
  const copy = structuredClone(object) as NamedObject;
  delete copy.status;
  const { metadata } = copy as { metadata: Record<string, unknown> };
  delete metadata.creationTimestamp;
  metadata.labels = { ...(metadata.labels as object), 'app.kubernetes.io/managed-by': 'Helm' };
  metadata.annotations = {
    ...(metadata.annotations as object),
    'meta.helm.sh/release-name': release,
    'meta.helm.sh/release-namespace': namespace,
  };
  return copy;
}

/** Workloads whose replicas an autoscaler sets, as `Kind namespace/name`. */
async function autoscaledBy(cluster: Cluster): Promise<Set<string>> {
  const all = await cluster.list('/apis/autoscaling/v2/horizontalpodautoscalers');
  return new Set(
    all.map(({ metadata, spec }) => {
      const { kind, name } = (spec as { scaleTargetRef: { kind: string; name: string } }).scaleTargetRef;
      return `${kind} ${(metadata as { namespace: string }).namespace}/${name}`;
    }),
  );
}

async function compare(
  cluster: Cluster,
  release: string,
  object: NamedObject,
  autoscaled: Set<string>,
): Promise<Drift | undefined> {
  const { kind, metadata } = object;
  const { name } = metadata;
  const home = metadata.namespace ?? release.replace(/\/.*/, '');
  const place = await cluster.collectionOf(object, home);
  const drift = { release, kind, namespace: place?.namespace, name, fields: [] };
  if (!place) return drift;
  const path = `${place.path}/${name}`;
  const live = await cluster.read(path);
  if (!live) return { ...drift, repair: { method: 'POST', path: place.path, body: object } };
  // Most objects say at once that nothing differs. Of others only the API server knows: it fills in defaults, writes
  // quantities its own way, and lets others add to a list.
  if (declares(object, live)) return undefined;
  const whole = place.namespace ? { ...object, metadata: { ...metadata, namespace: home } } : object;
  const applied = await cluster.must(
    'PATCH',
    `${path}?${MANAGER}&force=true&dryRun=All`,
    whole,
    'application/apply-patch+yaml',
  );
  const written = WRITTEN.filter((each) => each.kinds.test(kind) && (each.name?.test(name) ?? true));
  if (autoscaled.has(`${kind} ${home}/${name}`)) written.push(AUTOSCALED);
  const isDrift = ({ text }: Difference): boolean => !written.some((each) => each.path.test(text));
  const differing = differences(live, applied).filter(isDrift);
  if (differing.length === 0) return undefined;
  const repair = { method: 'PUT' as const, path, body: withDifferences(live, differing) };
  return { ...drift, fields: differing.map(({ text }) => text), repair };
}
