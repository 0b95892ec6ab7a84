import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { KubernetesObject } from './objects';

/**
 * What a chart renders to, kept in a folder by its digest and everything else that decides it. Only for releases
 * without values of their own, such as those of CRDs: any value may be secret, and what holds secrets is never written.
 * @param archive the chart's archive
 * @param deciding whatever else decides what comes out
 * @param apiVersions what the chart may ask the cluster for
 */
export async function cachedRender(
  folder: string,
  archive: string,
  deciding: readonly string[],
  apiVersions: readonly string[],
  render: () => Promise<KubernetesObject[]>,
): Promise<KubernetesObject[]> {
  const file = await fileFor(folder, archive, deciding, apiVersions);
  const kept = file && (await read(file));
  if (kept) return kept;
  const objects = await render();
  // A full disk only makes the next run slower.
  if (file) await write(file, objects).catch(() => undefined);
  return objects;
}

/** Undefined where the archive can't be read: rendering complains of that. */
async function fileFor(
  folder: string,
  archive: string,
  deciding: readonly string[],
  apiVersions: readonly string[],
): Promise<string | undefined> {
  try {
    const bytes = await readFile(archive);
    // What is installed already when a release's turn comes differs from run to run; few charts ask for it.
    const asks = gunzipSync(bytes).includes('APIVersions');
    const all = JSON.stringify([deciding, asks ? [...apiVersions].sort() : []]);
    const digest = createHash('sha256').update(bytes).update(all);
    return join(folder, `${digest.digest('hex')}.json`);
  } catch {
    return undefined;
  }
}

async function read(file: string): Promise<KubernetesObject[] | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as KubernetesObject[];
  } catch {
    return undefined;
  }
}

/** Whole or not at all. */
async function write(file: string, objects: KubernetesObject[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}.tmp`;
  await writeFile(temporary, JSON.stringify(objects), { mode: 0o600 });
  await rename(temporary, file);
}
