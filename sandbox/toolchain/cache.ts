import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolder } from '../files';
import { isAlive, startTime } from '../plane/processes';
import { platformKey, type ToolRow } from './catalogue';
import type { Context } from './context';
import { ToolchainError, Unavailable, type Tool } from './types';
import { askVersion, isExecutable } from './versions';

/** Where a tool in the cache came from: origin.json beside it. */
export interface Origin {
  origin: 'release' | 'build';
  /** The release file, or the Go package. */
  url: string;
  /** Of the release file, or of the binary that was built. */
  sha256: string;
  /** ISO 8601. */
  when: string;
}

const DAY = 24 * 60 * 60 * 1000;
const FILE_ERRORS = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'ENOTDIR',
  'ENOENT',
  'EEXIST',
  'EISDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'EIO',
];
const NETWORK_CALLS = ['connect', 'getaddrinfo', 'read'];

/** The tool as it stands in the cache, if it does. */
export async function findCached(row: ToolRow, context: Context): Promise<Tool | undefined> {
  const folder = folderOf(row, context);
  const path = join(folder, row.name);
  if (!(await isExecutable(path))) return undefined;
  const text = await readFile(join(folder, 'origin.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { origin } = JSON.parse(text) as Origin;
  return { name: row.name, version: row.version, path, origin };
}

/**
 * Puts a finished binary from a work folder into the cache, whole or not at all.
 * @throws Unavailable when the binary does not tell the version that it should have
 */
export async function install(
  row: ToolRow,
  binary: string,
  origin: Omit<Origin, 'when'>,
  context: Context,
): Promise<Tool> {
  await chmod(binary, 0o755);
  const told = await askVersion(row.name, binary, context.env, 6 * context.timeouts.version);
  // Helm's publisher appends the commit: 3.22.0+g1234567.
  if (told?.split('+')[0] !== row.version) {
    throw new Unavailable(`${origin.url} answers with version ${told ?? 'none'} instead of ${row.version}`);
  }
  const staged = await mkdtemp(join(dirname(binary), 'staged-'));
  await rename(binary, join(staged, row.name));
  const record: Origin = { ...origin, when: new Date().toISOString() };
  await writeFile(join(staged, 'origin.json'), `${JSON.stringify(record, null, 2)}\n`);
  await chmod(staged, 0o755);
  for (const name of [row.name, 'origin.json', '.']) await flush(join(staged, name));
  const folder = folderOf(row, context);
  await mkdir(dirname(folder), { recursive: true });
  // A broken folder, or one of a run that took this one for dead, makes way; a binary in use is not disturbed.
  await rename(folder, `${staged}-old`).catch(() => undefined);
  await rename(staged, folder);
  await flush(dirname(folder));
  return { name: row.name, version: row.version, path: join(folder, row.name), origin: origin.origin };
}

/** Runs `work` with a new folder on the cache's own disk, removed at the end. */
export async function withWorkFolder<T>(context: Context, work: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(root(context), '.tmp');
  makeFolder(parent, 0o777);
  const folder = await mkdtemp(join(parent, 'work-'));
  try {
    const owner = { host: hostname(), pid: process.pid, started: startTime(process.pid) };
    await writeFile(join(folder, 'owner.json'), JSON.stringify(owner));
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes the cache ready to be written to, and removes what runs that were killed have left. */
export async function prepareCache(context: Context): Promise<void> {
  await withWorkFolder(context, async () => {
    const parent = join(root(context), '.tmp');
    for (const name of await readdir(parent)) {
      if (await isAbandoned(join(parent, name)))
        await rm(join(parent, name), { recursive: true, force: true });
    }
  });
}

/** The file that whoever obtains a part locks. */
export function lockFile(part: string, context: Context): string {
  return join(root(context), '.locks', `${platformKey(context.platform)}-${part}`);
}

/** Whether an error comes from the file system and not from the network. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return FILE_ERRORS.includes(code ?? '') && !NETWORK_CALLS.includes(syscall ?? '');
}

/** The error for a cache folder that cannot be written to. */
export function cacheError(reason: string, context: Context): ToolchainError {
  return new ToolchainError(
    `the cache folder ${context.cache} cannot be written to: ${reason}`,
    'Make it writable and give it 1 GB of free space, or name another folder in PLATFORM_CACHE.',
  );
}

async function isAbandoned(folder: string): Promise<boolean> {
  try {
    const age = Date.now() - (await stat(folder)).mtimeMs;
    if (age > DAY) return true;
    const text = await readFile(join(folder, 'owner.json'), 'utf8');
    const owner = JSON.parse(text) as { host: string; pid: number; started: string };
    // Of another machine's processes, on a shared home, nothing is known.
    return owner.host === hostname() && !isAlive(owner);
  } catch {
    // Gone, or not yet filled by its owner.
    return false;
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function folderOf(row: ToolRow, context: Context): string {
  return join(root(context), platformKey(context.platform), row.name, row.version);
}

function root(context: Context): string {
  return join(context.cache, 'toolchain');
}
