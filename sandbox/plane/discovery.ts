import type { Api, KubeObject } from './api';

/** Paths of everything that a cluster can list, at each group's preferred version, such as "/apis/apps/v1/deployments". */
export async function listPaths(api: Api): Promise<string[]> {
  const { groups } = await api.get<{ groups: { preferredVersion: { groupVersion: string } }[] }>('/apis');
  const bases = [
    '/api/v1',
    ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
  ];
  const lists = await Promise.all(bases.map((base) => listable(api, base)));
  return lists.flat();
}

/** What one group lists; nothing where its server does not answer. */
async function listable(api: Api, base: string): Promise<string[]> {
  const { resources } = await api
    .get<{ resources: { name: string; verbs: string[] }[] }>(base)
    .catch(() => ({ resources: [] }));
  return resources
    .filter(({ name, verbs }) => verbs.includes('list') && !name.includes('/'))
    .map(({ name }) => `${base}/${name}`);
}

/** Every object of these lists, with its version and kind. */
export async function listAll(api: Api, paths: readonly string[]): Promise<KubeObject[]> {
  const lists = await Promise.all(
    paths.map(async (path) => {
      const list = await api
        .get<{ apiVersion: string; kind: string; items: KubeObject[] }>(path)
        .catch(() => ({ apiVersion: '', kind: '', items: [] }));
      const { apiVersion, kind } = list;
      return list.items.map((item) => ({ ...item, apiVersion, kind: kind.replace(/List$/, '') }));
    }),
  );
  return lists.flat();
}
