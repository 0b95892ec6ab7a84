import { LineCounter, parseDocument, type Document } from 'yaml';
import { isKubernetesObject, isRecord, type KubernetesObject } from '../objects';
import { ManifestError, readDocument, SEPARATOR, splitDocuments, YAML_OPTIONS } from '../manifests';
import type { Path } from '../paths';
import { problem, type Problem } from './problems';

/** One document of a file. */
export interface ManifestDocument {
  /** As the user named it; `stdin` for standard input. */
  file: string;
  /** Line on which it begins, from 1. */
  line: number;
  text: string;
  /** The line above it that parts it from the document before; empty for the first. */
  separator: string;
  content: unknown;
  objects: readonly PlacedObject[];
}

/** An object, and where in its document it is: `items[0]` in a List. */
export interface PlacedObject {
  object: KubernetesObject;
  path: Path;
}

/** What a text of manifests holds. */
export interface Contents {
  /** Every document, also those without an object, in their order. */
  documents: ManifestDocument[];
  problems: Problem[];
  /** Documents that are no manifests, which a folder may hold beside them. */
  skipped: Problem[];
}

/** Empty lines and comments before a document's content. */
const LEADING = /^(?:[ \t\r]*(?:#[^\n]*)?\n)*/;

/**
 * Reads a text as kubectl does, document by document: one that can't be read hides none of the others.
 * @param lenient whether what has neither apiVersion nor kind is left out, instead of a problem
 */
export function readManifests(text: string, file: string, lenient: boolean): Contents {
  const contents: Contents = { documents: [], problems: [], skipped: [] };
  let line = 1;
  const separators = ['', ...[...text.matchAll(SEPARATOR)].map(([each]) => each)];
  for (const [index, part] of splitDocuments(text).entries()) {
    const separator = separators[index] ?? '---';
    const document: ManifestDocument = { file, line, text: part, separator, content: undefined, objects: [] };
    contents.documents.push(document);
    read(document, lenient, contents);
    line += countLines(part);
  }
  contents.problems.push(...separatorProblems(text, file));
  return contents;
}

function read(document: ManifestDocument, lenient: boolean, contents: Contents): void {
  const { file, text } = document;
  const where = { file, line: document.line + countLines(LEADING.exec(text)?.[0] ?? '') };
  try {
    document.content = readDocument(text);
  } catch (error) {
    contents.problems.push(unreadable(error, document));
    return;
  }
  document.line = where.line;
  const { content } = document;
  if (content === undefined || content === null) return;
  if (lenient && !(isRecord(content) && ('apiVersion' in content || 'kind' in content))) {
    contents.skipped.push({
      message: `no manifest: ${kindOf(content)} without apiVersion and kind`,
      ...where,
    });
    return;
  }
  const objects: PlacedObject[] = [];
  take(content, [], objects, (message) => contents.problems.push({ message, ...where }));
  document.objects = objects;
}

/** Takes Lists apart; their items may leave out the kind that the list's own gives them. */
function take(
  content: unknown,
  path: Path,
  objects: PlacedObject[],
  complain: (message: string) => void,
  above: object = {},
): void {
  const object = isRecord(content) ? { ...above, ...content } : content;
  if (!isKubernetesObject(object)) {
    const missing = ['apiVersion', 'kind'].filter(
      (field) => !isRecord(object) || typeof object[field] !== 'string',
    );
    const place = path.length > 0 ? ` at ${path.join('.')}` : '';
    const what = isRecord(content) ? `a document without ${missing.join(' and ')}` : kindOf(content);
    const cure = 'Add them, or leave out what is no manifest';
    complain(problem(`${what}${place}`, 'an object of Kubernetes, with both as text', cure).message);
    return;
  }
  const { apiVersion, kind, items } = object;
  if (!kind.endsWith('List') || !Array.isArray(items)) {
    objects.push({ object, path });
    return;
  }
  const given = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  items.forEach((item, index) => take(item, [...path, 'items', index], objects, complain, given));
}

function unreadable(error: unknown, { file, line, text }: ManifestDocument): Problem {
  const position = error instanceof ManifestError ? error.position : 0;
  const at = line + countLines(text.slice(0, position));
  const reason = error instanceof Error ? error.message.replace(/ at character \d+$/, '') : String(error);
  const isTemplate = /\{\{.*\}\}/.test(text);
  const cure = isTemplate
    ? 'Templates of Helm must be rendered first: `helm template … | npm run --silent policy -- -`'
    : 'Correct it';
  // The line itself is not shown: it may hold a secret.
  return problem(`no YAML: ${reason}`, 'YAML or JSON', cure, { file, line: at });
}

/** kubectl and Helm drop what stands on the line of a separator, so nobody would judge it. */
function separatorProblems(text: string, file: string): Problem[] {
  return text.split('\n').flatMap((content, index) => {
    if (!content.startsWith('---') || /^---\s*(#.*)?$/.test(content)) return [];
    return [
      problem(
        'more than a separator on a line that begins with ---',
        'nothing but a comment',
        'Move it below',
        {
          file,
          line: index + 1,
        },
      ),
    ];
  });
}

/** Finds the lines of what is in a document. */
export class Lines {
  private readonly counter = new LineCounter();
  private readonly parsed: Document;

  constructor(private readonly document: ManifestDocument) {
    this.parsed = parseDocument(document.text, { ...YAML_OPTIONS, lineCounter: this.counter });
  }

  /** The line, from 1 in the file, of what is at a path; of the nearest thing above it where that is not written. */
  of(path: Path): number {
    const first = this.document.line;
    const base = first - countLines(LEADING.exec(this.document.text)?.[0] ?? '');
    for (let length = path.length; length > 0; length -= 1) {
      const node: unknown = this.parsed.getIn(path.slice(0, length), true);
      const range = isRecord(node) ? node.range : undefined;
      if (Array.isArray(range)) return base - 1 + this.counter.linePos(range[0] as number).line;
    }
    return first;
  }
}

function kindOf(content: unknown): string {
  if (Array.isArray(content)) return 'a list';
  return isRecord(content) ? 'a map' : `a ${typeof content}`;
}

function countLines(text: string): number {
  return text.split('\n').length - 1;
}
