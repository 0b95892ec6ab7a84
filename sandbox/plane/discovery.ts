import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, ApiError, type KubeObject } from './api';

/** The answers that say that nothing is served there: a kind that has gone meanwhile; a group whose server is not there. */
const NO_KIND = [404, 405];
const NO_SERVER = [404, 503];

/** How often a question is put that another answer may come to, and milliseconds between: a new kind's storage starts late. */
const TRIES = 5;
const PAUSE = 1000;

/** A collection of one kind of object, over all namespaces. */
export interface Collection {
  /** Such as "/apis/apps/v1/deployments". */
  path: string;
  apiVersion: string;
  kind: string;
}

/**
 * Everything that a cluster can list, at each group's preferred version.
 * @throws ApiError where a group can't be read: less than there is, is no answer
 */
export async function listCollections(api: Api): Promise<Collection[]> {
  const { groups } = await api.get<{ groups: { preferredVersion: { groupVersion: string } }[] }>('/apis');
  const versions = ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const lists = await Promise.all(versions.map((version) => collectionsOf(api, version)));
  return lists.flat();
}

/** What one group lists; nothing where its server does not answer. */
async function collectionsOf(api: Api, apiVersion: string): Promise<Collection[]> {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const group = await read<{ resources: { name: string; kind: string; verbs: string[] }[] }>(
    () => api.get(base),
    NO_SERVER,
  );
  return (group?.resources ?? [])
    .filter(({ name, verbs }) => verbs.includes('list') && !name.includes('/'))
    .map(({ kind, name }) => ({ path: `${base}/${name}`, apiVersion, kind }));
}

const SCHEMA = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * Has the API server build the schema that Pulumi's provider reads before it does anything. After new kinds that takes it a
 * second, which it goes on to spend when this process has ended, and whoever runs next does not wait for.
 */
export async function buildSchema(api: Api): Promise<void> {
  void api.raw('GET', '/openapi/v2', undefined, { accept: SCHEMA }).catch(() => undefined);
  // Until it is asked; nobody waits for the answer.
  await sleep(50);
}

const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/**
 * Every object of these collections, with its version and kind.
 * @param part only the metadata: of CRDs and policies that is a thousandth
 * @throws ApiError where a collection can't be read: less than there is, is no answer
 */
export async function listAll(
  api: Api,
  collections: readonly Collection[],
  part: 'whole' | 'metadata' = 'whole',
): Promise<KubeObject[]> {
  const accept = part === 'metadata' ? { accept: METADATA } : {};
  const lists = await Promise.all(
    collections.map(async ({ apiVersion, kind, path }) => {
      const list = await read<{ items: KubeObject[] | null }>(
        () => api.call('GET', path, undefined, accept),
        NO_KIND,
      );
      // Nothing is null where only metadata was asked for.
      return (list?.items ?? []).map((item) => ({ ...item, apiVersion, kind }));
    }),
  );
  return lists.flat();
}

/**
 * What is answered; undefined for a status that says that there is nothing.
 * @throws what the last answer was, or that there was none
 */
async function read<T>(
  ask: () => Promise<T>,
  nothing: readonly number[],
  tries = TRIES,
): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiError && nothing.includes(error.status)) return undefined;
    if (tries <= 1) throw error;
  }
  await sleep(PAUSE);
  return read(ask, nothing, tries - 1);
}
