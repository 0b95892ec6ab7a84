import {
  parseAllDocuments,
  type Document,
  type DocumentOptions,
  type ParseOptions,
  type SchemaOptions,
  type Tags,
} from 'yaml';
import { flattenList, isKubernetesObject, type KubernetesObject } from './objects';

/** Where a text is no YAML: the position only, since a line of it may hold a secret. */
export class ManifestError extends Error {
  /** @param position in characters, from 0 */
  constructor(
    code: string,
    readonly position: number,
  ) {
    super(`${code} at character ${position}`);
  }
}

/**
 * The Kubernetes objects in a text of YAML documents, Lists taken apart. Documents that hold something else are left
 * out. Reads YAML as Helm and kubectl do.
 * @throws ManifestError when a document is no YAML
 */
export function parseManifests(text: string): KubernetesObject[] {
  return splitDocuments(text).flatMap((document) => {
    const content = readDocument(document);
    return isKubernetesObject(content) ? flattenList(content).filter(isKubernetesObject) : [];
  });
}

/** The line between two documents. */
export const SEPARATOR = /^---.*$/gm;

/** The documents of a text, parted at the very lines at which Helm too parts them. */
export function splitDocuments(text: string): string[] {
  return text.split(SEPARATOR);
}

/**
 * One document as plain values; undefined for an empty one.
 * @throws ManifestError when it is no YAML
 */
export function readDocument(text: string): unknown {
  const json = parseJson(text);
  if (json !== undefined) return json;
  const [document] = parseAllDocuments(text, YAML_OPTIONS) as Document[];
  const error = document?.errors[0];
  if (error) throw new ManifestError(error.code, error.pos[0]);
  return document?.toJS({ maxAliasCount: 1000 }) as unknown;
}

/** Much of what is rendered is JSON, which reads a hundred times faster as such. */
function parseJson(text: string): unknown {
  if (!/^\s*(#[^\n]*\n\s*)*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text.replace(/^\s*#.*$/gm, '')) as unknown;
  } catch {
    return undefined;
  }
}

/** Helm reads YAML 1.1, save its times and numbers of base 60. */
function goTags(tags: Tags): Tags {
  const isTime = (tag: Tags[number]): boolean =>
    typeof tag !== 'string' &&
    (tag.tag === 'tag:yaml.org,2002:timestamp' || ('format' in tag && tag.format === 'TIME'));
  return tags.filter((tag) => !isTime(tag));
}

/** YAML as Helm and kubectl read it. */
export const YAML_OPTIONS: ParseOptions & DocumentOptions & SchemaOptions = {
  schema: 'yaml-1.1',
  customTags: goTags,
  prettyErrors: false,
  logLevel: 'error',
};
