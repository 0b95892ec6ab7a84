import type { Api, KubeObject } from './api';

/** A collection of one kind of object, over all namespaces. */
export interface Collection {
  /** Such as "/apis/apps/v1/deployments". */
  path: string;
  apiVersion: string;
  kind: string;
}

/** Everything that a cluster can list, at each group's preferred version. */
export async function listCollections(api: Api): Promise<Collection[]> {
  const { groups } = await api.get<{ groups: { preferredVersion: { groupVersion: string } }[] }>('/apis');
  const versions = ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const lists = await Promise.all(versions.map((version) => collectionsOf(api, version)));
  return lists.flat();
}

/** What one group lists; nothing where its server does not answer. */
async function collectionsOf(api: Api, apiVersion: string): Promise<Collection[]> {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const { resources } = await api
    .get<{ resources: { name: string; kind: string; verbs: string[] }[] }>(base)
    .catch(() => ({ resources: [] }));
  return resources
    .filter(({ name, verbs }) => verbs.includes('list') && !name.includes('/'))
    .map(({ kind, name }) => ({ path: `${base}/${name}`, apiVersion, kind }));
}

const SCHEMA = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * Has the API server build the schema that Pulumi's provider reads before it does anything. After new kinds that takes it a
 * second, which it goes on to spend when this process has ended, and whoever runs next does not wait for.
 */
export function buildSchema(api: Api): void {
  void api.raw('GET', '/openapi/v2', undefined, { accept: SCHEMA }).catch(() => undefined);
}

const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/**
 * Every object of these collections, with its version and kind.
 * @param part only the metadata: of CRDs and policies that is a thousandth
 */
export async function listAll(
  api: Api,
  collections: readonly Collection[],
  part: 'whole' | 'metadata' = 'whole',
): Promise<KubeObject[]> {
  const accept = part === 'metadata' ? { accept: METADATA } : {};
  const lists = await Promise.all(
    collections.map(async ({ apiVersion, kind, path }) => {
      const { items } = await api
        .call<{ items: KubeObject[] | null }>('GET', path, undefined, accept)
        .catch(() => ({ items: [] }));
      // Nothing is null where only metadata was asked for.
      return (items ?? []).map((item) => ({ ...item, apiVersion, kind }));
    }),
  );
  return lists.flat();
}
