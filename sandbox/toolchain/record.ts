import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  assetOf,
  LOCK_FILE,
  readLock,
  rowsOf,
  type Asset,
  type ToolchainLock,
  type ToolRow,
} from './catalogue';
import { Network } from './network';
import { assertDigest, expectations } from './release';
import { Unavailable, type Platform } from './types';

/**
 * For maintainers: returns the lock with the sha256 of every release file as its publisher serves it now, checked
 * against the published checksum where there is one, and against the digest already recorded: a new version starts
 * from null. What cannot be had stays as it is; `say` hears of each file.
 * @throws ToolchainError when a file differs from its published checksum, or from a digest already recorded
 */
export async function recordDigests(
  lock: ToolchainLock,
  network: Network,
  say: (line: string) => void,
): Promise<ToolchainLock> {
  const recorded = structuredClone(lock);
  const folder = await mkdtemp(join(tmpdir(), 'toolchain-record-'));
  try {
    for (const { row, key, asset } of assetsOf(lock)) {
      const digests = recorded.parts[row.part]?.tools[row.name]?.sha256 ?? {};
      const file = join(folder, `${key}-${basename(asset.url)}`);
      const digest = await digestOf(asset, file, network);
      await rm(file, { force: true });
      if (typeof digest === 'string') digests[key] = digest;
      const unconfirmed = asset.checksums ? '' : ' (no published checksum to compare with)';
      const outcome =
        typeof digest === 'string' ? `${digest}${unconfirmed}` : `not recorded: ${digest.message}`;
      say(`${row.name} ${key}: ${outcome}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return recorded;
}

function assetsOf(lock: ToolchainLock): { row: ToolRow; key: string; asset: Asset }[] {
  return [...rowsOf(lock).values()].flatMap((row) =>
    Object.keys(row.sha256).flatMap((key) => {
      const [os, arch] = key.split('-') as [Platform['os'], Platform['arch']];
      const asset = assetOf(row, { os, arch });
      return asset ? [{ row, key, asset }] : [];
    }),
  );
}

async function digestOf(asset: Asset, file: string, network: Network): Promise<string | Unavailable> {
  try {
    const expected = asset.checksums || asset.sha256 ? await expectations(asset, network) : [];
    const sha256 = await network.file(asset.url, file, () => undefined);
    for (const each of expected) assertDigest(asset.url, each, { source: 'the file downloaded', sha256 });
    return sha256;
  } catch (error) {
    if (error instanceof Unavailable) return error;
    throw error;
  }
}

/** Records into toolchain.lock.json, telling of each asset. */
export async function recordReleases(tell: (line: string) => void): Promise<void> {
  // The hosts themselves, never a mirror: a digest from elsewhere would poison the lock for everyone.
  const network = new Network({ connect: 10_000, stall: 60_000 });
  const lock = await recordDigests(readLock(), network, tell);
  await writeFile(LOCK_FILE, `${JSON.stringify(lock, null, 2)}\n`);
}
