import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ToolchainError, type Platform, type ToolName } from './types';

/** The toolchain lock as it is written: see toolchain.lock.json. */
export interface ToolchainLock {
  about: string;
  /** The oldest Go that builds every part, such as "1.26". */
  go: string;
  /** By name of the folder that holds the part's go.mod. */
  parts: Record<string, PartData>;
}

interface PartData {
  version: string;
  accepts: VersionRange;
  /** The Go module whose version go.mod pins. */
  module: string;
  /** Files of the module that its main package embeds. */
  embed?: { folder: string; files: string[] };
  /** Variables that the linker sets. */
  stamps?: Record<string, string>;
  release: ReleaseData;
  tools: Partial<Record<ToolName, ToolData>>;
}

interface ReleaseData {
  about?: string;
  url: string;
  /** null: the publisher publishes none. */
  checksums: string | null;
  /** The binary's path inside the archive; absent when the release is the binary itself. */
  member?: string;
  /** The publisher's word for a processor, where it is not Go's. */
  arch?: Partial<Record<Platform['arch'], string>>;
  /** The archive's extension by operating system. */
  archive?: Partial<Record<Platform['os'], string>>;
}

interface ToolData {
  accepts?: VersionRange;
  package: string;
  /** By platform ("linux-amd64"); null is not recorded, absent is not released. */
  sha256: Record<string, string | null>;
}

/** Versions from `from` on and below `below`. */
export interface VersionRange {
  from: string;
  below: string;
}

/** One tool with everything the lock says about it and its part. */
export interface ToolRow extends Omit<PartData, 'tools'>, ToolData {
  name: ToolName;
  part: string;
  accepts: VersionRange;
}

/** One release file for one platform. */
export interface Asset {
  url: string;
  checksums: string | null;
  member?: string;
  sha256: string | null;
}

/** Where the lock is. */
export const LOCK_FILE = join(__dirname, 'toolchain.lock.json');

/** Reads the lock. @throws ToolchainError when the file is not there or no JSON */
export function readLock(path = LOCK_FILE): ToolchainLock {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ToolchainLock;
  } catch (error) {
    throw new ToolchainError(
      `${path} cannot be used: ${(error as Error).message}`,
      'Take the committed file again: git checkout -- sandbox/toolchain/toolchain.lock.json',
    );
  }
}

/** The lock's tools in its order. */
export function rowsOf(lock: ToolchainLock): Map<ToolName, ToolRow> {
  const rows = new Map<ToolName, ToolRow>();
  for (const [part, { tools, ...shared }] of Object.entries(lock.parts)) {
    for (const [name, tool] of Object.entries(tools)) {
      rows.set(name as ToolName, { ...shared, ...tool, name: name as ToolName, part });
    }
  }
  return rows;
}

/** "linux-amd64" and the like. */
export function platformKey(platform: Platform): string {
  return `${platform.os}-${platform.arch}`;
}

/** The tool's release file for a platform, or undefined when its publisher has none. */
export function assetOf(row: ToolRow, platform: Platform): Asset | undefined {
  const sha256 = row.sha256[platformKey(platform)];
  if (sha256 === undefined) return undefined;
  const { url, checksums, member, arch, archive } = row.release;
  const words = {
    ...wordsOf(row),
    os: platform.os,
    arch: arch?.[platform.arch] ?? platform.arch,
    archive: archive?.[platform.os] ?? '',
  };
  return {
    url: fill(url, words),
    checksums: checksums && fill(checksums, words),
    ...(member && { member: fill(member, words) }),
    sha256,
  };
}

/** The linker flags that strip the binary and set the part's version. */
export function linkerFlags(row: ToolRow): string {
  const stamps = Object.entries(row.stamps ?? {}).map(
    ([name, value]) => `-X ${name}=${fill(value, wordsOf(row))}`,
  );
  return ['-s -w', ...stamps].join(' ');
}

/** What Go builds the tool from: a package of the part's module, or our own main.go around the module. */
export function sourceOf(row: ToolRow): string {
  return row.package === '.' ? row.module : row.package;
}

/** Whether a version fits. A pre-release fits nothing; a distributor's suffix ("-gke.1", "+k3s1") is ignored. */
export function fits(version: string, range: VersionRange): boolean {
  if (/-(alpha|beta|rc|dev)/.test(version)) return false;
  return compareVersions(version, range.from) >= 0 && compareVersions(version, range.below) < 0;
}

/** Negative, zero or positive as `a` is older than, as old as or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  const index = [0, 1, 2].find((at) => left[at] !== right[at]) ?? 0;
  return (left[index] ?? 0) - (right[index] ?? 0);
}

function numbers(version: string): number[] {
  const parts = (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);
  return [0, 1, 2].map((at) => parts[at] ?? 0);
}

function wordsOf(row: ToolRow): Record<string, string> {
  const [major = '', minor = ''] = row.version.split('.');
  return { tool: row.name, version: row.version, major, minor };
}

function fill(template: string, words: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (_, word: string) => {
    const value = words[word];
    if (!value)
      throw new Error(`toolchain.lock.json: "${template}" asks for {${word}}, which is not known here`);
    return value;
  });
}
