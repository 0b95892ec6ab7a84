import { open, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { assetOf, platformKey, type Asset, type ToolRow } from './catalogue';
import { install, withWorkFolder } from './cache';
import type { Context } from './context';
import type { Network } from './network';
import { run } from './run';
import { ToolchainError, Unavailable, type Tool } from './types';

const PROGRESS_EVERY = 2_000;

/** A sha256 that a release file must have, and who says so. */
interface Expectation {
  source: string;
  sha256: string;
}

/**
 * Installs a tool from its publisher's release.
 * @throws Unavailable when there is none for this platform or it cannot be had whole
 * @throws ToolchainError when it is not what its publisher or the lock says it is
 */
export async function installRelease(row: ToolRow, context: Context): Promise<Tool> {
  const asset = assetOf(row, context.platform);
  if (!asset) throw new Unavailable(`its publisher has no binary for ${platformKey(context.platform)}`);
  const { url } = asset;
  return withWorkFolder(context, async (folder) => {
    const expected = await expectations(asset, context.network);
    const unrecorded = asset.sha256
      ? ''
      : " (digest not recorded in toolchain.lock.json: checked against its publisher's)";
    context.tell(row.name, 'downloading', `${url}${unrecorded}`);
    const file = join(folder, basename(url));
    const sha256 = await context.network.file(url, file, progressOf(row, context));
    for (const each of expected) assertDigest(url, each, { source: 'the file downloaded', sha256 });
    const binary = join(folder, `${row.name}.binary`);
    if (asset.member) await extract(file, asset.member, binary, context);
    else await rename(file, binary);
    return install(row, binary, { origin: 'release', url, sha256 }, context);
  });
}

/**
 * What the file's sha256 must be: its publisher's checksum where one is published, and the lock's where recorded.
 * @throws Unavailable when nobody says
 * @throws ToolchainError when they disagree
 */
export async function expectations(asset: Asset, network: Network): Promise<Expectation[]> {
  const name = basename(asset.url);
  const expected: Expectation[] = [];
  if (asset.checksums) {
    const sha256 = findChecksum(await network.text(asset.checksums), name);
    if (!sha256) throw new Unavailable(`${asset.checksums} holds no sha256 of ${name}`);
    expected.push({ source: asset.checksums, sha256 });
  }
  if (asset.sha256) expected.push({ source: 'toolchain.lock.json', sha256: asset.sha256 });
  const [first, second] = expected;
  if (!first)
    throw new Unavailable(`${asset.url} has no published checksum and no digest in toolchain.lock.json`);
  if (second) assertDigest(asset.url, second, first);
  return expected;
}

/** Stops with both digests when they differ. @throws ToolchainError */
export function assertDigest(url: string, expected: Expectation, found: Expectation): void {
  if (found.sha256 === expected.sha256) return;
  throw new ToolchainError(
    `${url} has the wrong sha256: expected ${expected.sha256} (${expected.source}), ` +
      `found ${found.sha256} (${found.source})`,
    'Do not use this file: it is not what was released. Try again later or from another network; if it stays so, ' +
      'tell its publisher. To go on meanwhile, put the tool at a fitting version on PATH.',
  );
}

/**
 * The sha256 of a file in the text of a checksum file: `<sha256>  <name>` lines, or one sha256 alone; or in what
 * GitHub's API says of a release: https://docs.github.com/en/rest/releases/releases.
 */
export function findChecksum(text: string, name: string): string | undefined {
  if (text.startsWith('{')) return findDigest(text, name);
  const lines = text.split('\n').map((line) => /^([0-9a-fA-F]{64})(?:\s+\*?(?:\.\/)?(\S+))?\s*$/.exec(line));
  const match = lines.find((line) => line && (line[2] === name || line[2] === undefined));
  return match?.[1]?.toLowerCase();
}

function findDigest(text: string, name: string): string | undefined {
  let release: { assets?: { name: string; digest?: string | null }[] | null };
  try {
    release = JSON.parse(text) as typeof release;
  } catch {
    return undefined;
  }
  const { digest } = release.assets?.find((asset) => asset.name === name) ?? {};
  return /^sha256:([0-9a-f]{64})$/.exec(digest ?? '')?.[1];
}

/**
 * Writes one member of an archive to a file of our own naming. The archive's paths never touch the disk, so that
 * none of them can lead out of the folder.
 */
async function extract(archive: string, member: string, target: string, context: Context): Promise<void> {
  const file = await open(target, 'wx');
  try {
    const { env, signal } = context;
    // macOS's tar reads zip archives too; only there are they used.
    const flags = archive.endsWith('.zip') ? '-xOf' : '-xzOf';
    const done = await run('tar', [flags, archive, member], { env, signal, stdout: file.fd });
    if (!done.ok)
      throw new Unavailable(
        `tar cannot read ${member} in ${basename(archive)}: ${done.stderr || done.failure}`,
      );
    if ((await file.stat()).size === 0) throw new Unavailable(`${basename(archive)} holds no file ${member}`);
  } finally {
    await file.close();
  }
}

function progressOf(row: ToolRow, context: Context): (done: number, all?: number) => void {
  let next = Date.now() + PROGRESS_EVERY;
  return (done, all) => {
    if (Date.now() < next) return;
    next = Date.now() + PROGRESS_EVERY;
    context.tell(
      row.name,
      'downloading',
      all ? `${megabytes(done)} of ${megabytes(all)} MB` : `${megabytes(done)} MB`,
    );
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
