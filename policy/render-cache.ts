import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { version as yamlVersion } from 'yaml/package.json';

/**
 * Where renders are kept, and what is known of charts. What a release renders to may hold secrets: each file is
 * encrypted, and so is its name.
 */
export interface RenderCache {
  folder: string;
  /** Path of a file with a secret of at least 32 random characters. */
  key: string;
}

/** Files that are kept at a time: those that were used last. */
const MOST = 200;
/** What works out what is kept. What it made before it was changed is made anew. */
export const MAKERS = [
  'archive.ts',
  'chart.ts',
  'derived.ts',
  'kinds.ts',
  'manifests.ts',
  'objects.ts',
  'parts/releases.ts',
  'release.ts',
  'render-cache.ts',
  'subject.ts',
];
const CIPHER = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

/**
 * What is worked out once and read from the folder from then on. Without a cache, or a key for it, it is worked out
 * each time.
 * @param deciding all that decides what comes out
 */
export async function kept<Result>(
  cache: RenderCache | undefined,
  deciding: readonly string[],
  work: () => Result | Promise<Result>,
): Promise<Result> {
  const place = cache && (await placeFor(cache, deciding));
  const known = place && (await read<Result>(place));
  if (known !== undefined) return known;
  const result = await work();
  if (place) await write(cache.folder, place, result);
  return result;
}

/** What was kept; undefined where nothing was. */
export async function recall<Result>(
  cache: RenderCache,
  deciding: readonly string[],
): Promise<Result | undefined> {
  const place = await placeFor(cache, deciding);
  return place && (await read<Result>(place));
}

/** Keeps what was worked out. */
export async function keep(cache: RenderCache, deciding: readonly string[], result: unknown): Promise<void> {
  const place = await placeFor(cache, deciding);
  if (place) await write(cache.folder, place, result);
}

interface Place {
  file: string;
  key: Buffer;
}

/** Undefined where there is no key. */
async function placeFor(
  { folder, key: keyFile }: RenderCache,
  deciding: readonly string[],
): Promise<Place | undefined> {
  try {
    const secret = (await readFile(keyFile, 'utf8')).trim();
    if (secret.length < 32) return undefined;
    const key = (use: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `renders: ${use}`, 32));
    const name = createHmac('sha256', key('names'))
      .update(JSON.stringify([makers(), deciding]))
      .digest('hex');
    return { file: join(folder, name), key: key('contents') };
  } catch {
    return undefined;
  }
}

let digestOfMakers: string | undefined;

/** Tells those that work out what is kept from what they once were. */
function makers(): string {
  if (digestOfMakers !== undefined) return digestOfMakers;
  const hash = createHash('sha256').update(yamlVersion);
  for (const name of MAKERS) hash.update(readFileSync(join(__dirname, name)));
  return (digestOfMakers = hash.digest('hex'));
}

/** Undefined where it is not there, or not whole. */
async function read<Result>({ file, key }: Place): Promise<Result | undefined> {
  try {
    const bytes = await readFile(file);
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE));
    decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]);
    const now = new Date();
    // Where that can't be noted, it is as good.
    await utimes(file, now, now).catch(() => undefined);
    return JSON.parse(text.toString('utf8')) as Result;
  } catch {
    return undefined;
  }
}

/** Whole or not at all. A full disk only makes the next run slower. */
async function write(folder: string, place: Place, result: unknown): Promise<void> {
  await writeTo(folder, place, result).catch(() => undefined);
}

async function writeTo(folder: string, { file, key }: Place, result: unknown): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const content = Buffer.concat([cipher.update(JSON.stringify(result), 'utf8'), cipher.final()]);
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
