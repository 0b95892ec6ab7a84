import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { KubernetesObject } from './objects';

/** Where renders are kept. What a release renders to may hold secrets: each file is encrypted, and so is its name. */
export interface RenderCache {
  folder: string;
  /** Path of a file with a secret of at least 32 random characters. */
  key: string;
}

/** Renders that are kept at a time, in files. */
const MOST = 200;
const CIPHER = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

/**
 * What a chart renders to, kept in a folder by its archive and everything else that decides it.
 * @param archive path of the chart's archive
 * @param deciding whatever else decides what comes out, the values too
 * @param apiVersions what the chart may ask the cluster for
 */
export async function cachedRender(
  cache: RenderCache,
  archive: string,
  deciding: readonly string[],
  apiVersions: readonly string[],
  render: () => Promise<KubernetesObject[]>,
): Promise<KubernetesObject[]> {
  const place = await placeFor(cache, archive, deciding, apiVersions);
  const kept = place && (await read(place));
  if (kept) return kept;
  const objects = await render();
  // A full disk only makes the next run slower.
  if (place) await write(cache.folder, place, objects).catch(() => undefined);
  return objects;
}

interface Place {
  file: string;
  key: Buffer;
}

/** Undefined where there is no key, or the archive can't be read: rendering complains of that. */
async function placeFor(
  { folder, key: keyFile }: RenderCache,
  archive: string,
  deciding: readonly string[],
  apiVersions: readonly string[],
): Promise<Place | undefined> {
  try {
    const secret = (await readFile(keyFile, 'utf8')).trim();
    if (secret.length < 32) return undefined;
    const key = (use: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `renders: ${use}`, 32));
    const bytes = await readFile(archive);
    // What is installed already when a release's turn comes differs from run to run; few charts ask for it.
    const asks = gunzipSync(bytes).includes('APIVersions');
    const all = JSON.stringify([deciding, asks ? [...apiVersions].sort() : []]);
    const name = createHmac('sha256', key('names')).update(bytes).update(all).digest('hex');
    return { file: join(folder, name), key: key('contents') };
  } catch {
    return undefined;
  }
}

/** Undefined where it is not there, or not whole. */
async function read({ file, key }: Place): Promise<KubernetesObject[] | undefined> {
  try {
    const bytes = await readFile(file);
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE));
    decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]);
    return JSON.parse(text.toString('utf8')) as KubernetesObject[];
  } catch {
    return undefined;
  }
}

/** Whole or not at all. */
async function write(folder: string, { file, key }: Place, objects: KubernetesObject[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const content = Buffer.concat([cipher.update(JSON.stringify(objects), 'utf8'), cipher.final()]);
  const temporary = `${file}.${randomUUID()}.tmp`;
  await writeFile(temporary, Buffer.concat([nonce, cipher.getAuthTag(), content]), { mode: 0o600 });
  await rename(temporary, file);
  await removeOldest(folder);
}

async function removeOldest(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= MOST) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ name, time: (await stat(join(folder, name))).mtimeMs })),
  );
  const oldest = aged.sort((one, other) => one.time - other.time).slice(0, names.length - MOST);
  await Promise.all(oldest.map(({ name }) => rm(join(folder, name), { force: true })));
}
