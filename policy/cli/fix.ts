import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import type { Rules } from '../judge';
import { readDocument, YAML_OPTIONS } from '../manifests';
import { mendObject } from '../mend';
import { changesBetween, type Change } from '../paths';
import { applyChanges } from '../remedy';
import { type ManifestDocument, readManifests } from './documents';
import { BadInput, problem, reasonOf } from './problems';
import type { Source } from './sources';

/** What was mended, and what is judged from now on. */
export interface Mended {
  sources: Source[];
  objects: number;
  violations: number;
}

interface MendedDocument {
  text: string;
  objects: number;
  violations: number;
}

/** Mends what controls have a cure for, and writes every file, mended or not, to a folder. */
export function mend(sources: readonly Source[], rules: Rules, folder: string, base: string): Mended {
  const target = resolve(base, folder);
  refuseClashes(sources, target, folder);
  const mended: Mended = { sources: [], objects: 0, violations: 0 };
  for (const source of sources) {
    const parts = source.documents.map((document) => mendDocument(document, rules));
    const text = joinDocuments(source.documents, parts);
    for (const { objects, violations } of parts) {
      mended.objects += objects;
      mended.violations += violations;
    }
    write(join(target, source.target), text, source.path);
    const file = join(folder, source.target);
    mended.sources.push({ ...source, file, documents: readManifests(text, file, true).documents });
  }
  return mended;
}

/** A document with what controls change in it; the very text where they change nothing. */
export function mendDocument(document: ManifestDocument, rules: Rules): MendedDocument {
  const changes: Change[] = [];
  let [objects, violations] = [0, 0];
  for (const { object, path } of document.objects) {
    const { fixed, cured } = mendObject(object, rules);
    const own = changesBetween(object, fixed);
    if (own.length > 0) objects += 1;
    violations += cured;
    changes.push(...own.map((change) => ({ ...change, path: [...path, ...change.path] })));
  }
  if (changes.length === 0) return { text: document.text, objects, violations };
  return { text: rewrite(document, changes), objects, violations };
}

/** Comments, quotes and order stay as they are; where that can't be had, as with anchors, the content does. */
function rewrite({ text, content }: ManifestDocument, changes: readonly Change[]): string {
  const wanted = structuredClone(content) as object;
  applyChanges(wanted, changes);
  const [before, after] = [/^\s*/.exec(text)?.[0] ?? '', '\n'];
  if (text.trimStart().startsWith('{')) return `${before}${JSON.stringify(wanted, undefined, 2)}${after}`;
  const document = parseDocument(text, YAML_OPTIONS);
  for (const { path, ...change } of changes) {
    if ('value' in change) document.setIn(path, document.createNode(change.value));
    else document.deleteIn(path);
  }
  const edited = document.toString({ lineWidth: 0 });
  const same = JSON.stringify(sorted(readDocument(edited))) === JSON.stringify(sorted(wanted));
  const body = same
    ? edited
    : stringify(wanted, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
  return `${before}${body.trim()}${after}`;
}

/** The order of fields means nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** Separators stay as they were written. */
function joinDocuments(documents: readonly ManifestDocument[], parts: readonly MendedDocument[]): string {
  return documents.map((document, index) => `${document.separator}${parts[index]?.text ?? ''}`).join('');
}

/** Nothing that was given is written over, and no two files to one place. */
function refuseClashes(sources: readonly Source[], target: string, folder: string): void {
  const places = sources.map((source) => join(target, source.target));
  const problems = sources.flatMap(({ file, path }, index) => {
    const place = places[index];
    if (sources.some((other) => other.path === place)) {
      const what = `--fix ${folder}, where ${file} would be written over`;
      return [problem(what, 'a folder beside what is given', 'Name another folder')];
    }
    if (places.indexOf(place ?? '') === index) return [];
    const what = `--fix ${folder}, where two files would be written as ${sources[index]?.target ?? ''}`;
    return path === undefined ? [] : [problem(what, 'one place for each', 'Mend them in two runs')];
  });
  if (problems.length > 0) throw new BadInput(problems);
}

/** Readable by whom the source is; what came by standard input, by its owner only. */
function write(path: string, text: string, source: string | undefined): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: source === undefined ? 0o600 : statSync(source).mode & 0o777 });
  } catch (error) {
    const found = `no way to write it (${reasonOf(error)})`;
    throw new BadInput([
      problem(found, 'a folder that you may write to', 'Name another one', { file: path }),
    ]);
  }
}
