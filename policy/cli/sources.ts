import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { TextDecoder } from 'node:util';
import { readManifests, type ManifestDocument } from './documents';
import { problem, type Problem, reasonOf } from './problems';

/** A file that was given, or found in a folder that was. */
export interface Source {
  /** As the user would name it, from the folder that the paths are relative to. */
  file: string;
  /** Undefined for standard input. */
  path?: string;
  /** In the folder of mended manifests. */
  target: string;
  documents: readonly ManifestDocument[];
}

/** What the paths hold. */
export interface Given {
  sources: Source[];
  problems: Problem[];
  skipped: Problem[];
}

interface Found {
  file: string;
  path: string;
  target: string;
  /** Whether it was found in a folder: such may hold what is no manifest. */
  inFolder: boolean;
}

const EXTENSIONS = /\.(ya?ml|json)$/i;
export const STDIN = '-';

/**
 * Reads all that was given; what can't be read is a problem, and the rest is there still.
 * @param base the folder that the paths are relative to
 * @param except a folder that is left out: what an earlier run wrote is no input
 */
export async function readSources(paths: readonly string[], base: string, except?: string): Promise<Given> {
  const given: Given = { sources: [], problems: [], skipped: [] };
  const left = except === undefined ? undefined : resolve(base, except);
  const seen = new Set<string>();
  for (const path of paths) {
    if (path === STDIN) {
      if (!seen.has(STDIN))
        read(await standardInput(), { file: 'stdin', target: 'stdin.yaml', inFolder: false }, given);
      seen.add(STDIN);
      continue;
    }
    for (const found of findFiles(path, base, left, given.problems)) {
      if (seen.has(found.path)) continue;
      seen.add(found.path);
      try {
        read(readFileSync(found.path), found, given);
      } catch (error) {
        given.problems.push(unreadable(error, found.file));
      }
    }
  }
  return given;
}

function read(
  bytes: Buffer,
  { inFolder, ...source }: Omit<Found, 'path'> & { path?: string },
  given: Given,
): void {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const cure = 'Save it as UTF-8';
    given.problems.push(problem('bytes that are no text', 'text in UTF-8', cure, { file: source.file }));
    return;
  }
  const { documents, problems, skipped } = readManifests(text, source.file, inFolder);
  given.sources.push({ ...source, documents });
  given.problems.push(...problems);
  given.skipped.push(...skipped);
}

/** The files of a path, in the order of their names; those of a folder by their endings. */
function findFiles(path: string, base: string, except: string | undefined, problems: Problem[]): Found[] {
  const whole = resolve(base, path);
  const name = nameOf(whole, base);
  try {
    if (!statSync(whole).isDirectory()) {
      return [{ file: name, path: whole, target: targetOf(whole, base, whole), inFolder: false }];
    }
    const files = walk(whole, except, problems, base);
    if (files.length === 0) {
      const cure = 'Name the files, or another folder';
      problems.push(
        problem('no file to judge', 'files that end in .yaml, .yml or .json', cure, { file: name }),
      );
    }
    return files.map((file) => ({
      file: nameOf(file, base),
      path: file,
      target: targetOf(file, base, whole),
      inFolder: true,
    }));
  } catch (error) {
    problems.push(unreadable(error, name));
    return [];
  }
}

/** Hidden files and folders, as `.git`, hold no manifests; links to folders may lead in a circle. */
function walk(folder: string, except: string | undefined, problems: Problem[], base: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (path === except) return [];
      try {
        if (entry.isDirectory()) return walk(path, except, problems, base);
        return EXTENSIONS.test(entry.name) && statSync(path).isFile() ? [path] : [];
      } catch (error) {
        problems.push(unreadable(error, nameOf(path, base)));
        return [];
      }
    });
}

/** Below the base as it is there, so that two files never meet; from elsewhere, below what was given. */
function targetOf(file: string, base: string, given: string): string {
  const fromBase = relative(base, file);
  if (!fromBase.startsWith('..')) return fromBase;
  return file === given ? (file.split(sep).at(-1) ?? file) : relative(resolve(given, '..'), file);
}

/** The shorter of a path from the base and the whole one. */
function nameOf(path: string, base: string): string {
  const fromBase = relative(base, path);
  return fromBase === '' ? '.' : fromBase.startsWith('..') ? path : fromBase;
}

function unreadable(error: unknown, file: string): Problem {
  return problem(reasonOf(error), 'a file or folder that can be read', 'Correct the path, or its rights', {
    file,
  });
}

async function standardInput(): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
