import { parse } from 'yaml';

/**
 * What may stand at a path of a chart's values: `null` for anything, `0` for a single value or a list, else the
 * keys below it.
 */
export type KeyNode = null | 0 | KeyTree;
export interface KeyTree {
  [key: string]: KeyNode;
}

interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema | boolean>;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

interface ChartMetadata {
  dependencies?: { name: string; alias?: string; condition?: string }[];
}

/** Istio's charts keep their defaults below this key and read what users set from the top. */
const ISTIO_DEFAULTS = '_internal_defaults_do_not_set';
const ISTIO_KEYS: KeyTree = { profile: 0, platform: 0, compatibilityVersion: 0 };
/** Maps that charts hand on to Kubernetes as they are: any key may be set beside the defaults. */
const OPEN_MAP = /(annotations|labels|nodeSelector|securityContext|^limits|^requests)$/i;

/**
 * Paths of the leaves set in `values` that a chart does not know: they are in neither its defaults nor its schema,
 * and nothing above them is open: empty or null in the defaults, or a map that goes to Kubernetes as it is, such as
 * labels. A list is one leaf.
 * @param chartValues a chart's key tree, or its parsed values.yaml
 * @returns such as `controller.replcas` or `configs.cm["exec.enabled"]`; [] when all are known
 */
export function unknownPaths(values: object, chartValues: object): string[] {
  return walk(values, keys(toTree(chartValues)), '');
}

/** The keys that a chart knows, from the files of its archive: its own, its schema's and its subcharts'. */
export function valueKeys(files: ReadonlyMap<string, Buffer>): KeyTree {
  const metadata = (readYaml(files.get('Chart.yaml')) ?? {}) as ChartMetadata;
  const schema = readYaml(files.get('values.schema.json')) as Schema | undefined;
  const own = keys(toTree(readYaml(files.get('values.yaml')) ?? {}));
  let tree = unwrapIstio(schema ? keys(union(schemaTree(schema, schema), own)) : own);
  for (const [name, subFiles] of subcharts(files)) {
    const below = valueKeys(subFiles);
    const uses = metadata.dependencies?.filter((dependency) => dependency.name === name) ?? [];
    for (const { alias, condition } of uses.length > 0 ? uses : [{}]) {
      const parts: KeyTree[] = [{ [alias ?? name]: below }];
      if (below.global !== undefined) parts.push({ global: below.global });
      for (const path of condition?.split(',') ?? []) parts.push(atPath(path.trim()));
      tree = parts.reduce((sum, part) => keys(union(sum, part)), tree);
    }
  }
  return tree;
}

function walk(values: object, known: KeyNode, path: string): string[] {
  if (known === null) return [];
  return Object.entries(values).flatMap(([key, value]: [string, unknown]) => {
    const here = joinPath(path, key);
    if (known === 0 || !Object.hasOwn(known, key)) return leaves(value, here);
    return isMap(value) ? walk(value, known[key] ?? null, here) : [];
  });
}

/** Every path set at or below one; an empty map counts as set. */
function leaves(value: unknown, path: string): string[] {
  if (value === undefined) return [];
  const below = isMap(value) ? Object.entries(value) : [];
  if (below.length === 0) return [path];
  return below.flatMap(([key, child]) => leaves(child, joinPath(path, key)));
}

function joinPath(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}["${key}"]`;
  return path ? `${path}.${key}` : key;
}

function toTree(value: unknown): KeyNode {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.length === 0 ? null : 0;
  if (!isMap(value)) return 0;
  const entries = Object.entries(value).map(([key, child]): [string, KeyNode] => [
    key,
    isMap(child) && OPEN_MAP.test(key) ? null : toTree(child),
  ]);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** The keys of both. Where they differ in kind, `base` being open wins, then keys. */
function union(over: KeyNode | undefined, base: KeyNode | undefined): KeyNode {
  if (over === undefined || base === undefined) return over ?? base ?? null;
  if (base === null || over === null) return base;
  if (base === 0 || over === 0) return base || over;
  const merged: KeyTree = { ...base };
  for (const [key, node] of Object.entries(over)) merged[key] = union(node, base[key]);
  return merged;
}

function keys(node: KeyNode): KeyTree {
  return node === null || node === 0 ? {} : node;
}

function unwrapIstio(tree: KeyTree): KeyTree {
  const { [ISTIO_DEFAULTS]: inner, ...rest } = tree;
  return inner === undefined ? tree : keys(union(union(rest, keys(inner)), ISTIO_KEYS));
}

/** @param above the references that lead here: one that leads to itself is open */
function schemaTree(schema: Schema | boolean, root: Schema, above: string[] = []): KeyNode {
  if (typeof schema === 'boolean') return null;
  const { $ref: ref, properties, type = 'object' } = schema;
  if (ref !== undefined) {
    const target = above.includes(ref) ? undefined : localRef(ref, root);
    return target ? schemaTree(target, root, [...above, ref]) : null;
  }
  const parts = [schema.allOf, schema.anyOf, schema.oneOf].flatMap((list) => list ?? []);
  const nodes = parts.map((part) => schemaTree(part, root, above)).filter((node) => node !== null);
  const below = Object.entries(properties ?? {});
  if (below.length > 0) {
    nodes.push(Object.fromEntries(below.map(([key, child]) => [key, schemaTree(child, root, above)])));
  }
  if (nodes.length > 0) return nodes.reduce<KeyNode>(union, 0);
  return [type].flat().includes('object') ? null : 0;
}

function localRef(ref: string, root: Schema): Schema | undefined {
  if (!ref.startsWith('#/')) return undefined;
  const steps = ref.slice(2).split('/');
  return steps.reduce<unknown>((node, step) => (isMap(node) ? node[step] : undefined), root) as
    Schema | undefined;
}

function subcharts(files: ReadonlyMap<string, Buffer>): Map<string, Map<string, Buffer>> {
  const found = new Map<string, Map<string, Buffer>>();
  for (const [path, content] of files) {
    const [, name, rest] = /^charts\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (name === undefined || rest === undefined) continue;
    found.set(name, (found.get(name) ?? new Map<string, Buffer>()).set(rest, content));
  }
  return found;
}

function atPath(path: string): KeyTree {
  const [first = '', ...rest] = path.split('.');
  return { [first]: rest.length > 0 ? atPath(rest.join('.')) : 0 };
}

function readYaml(content: Buffer | undefined): unknown {
  return content && parse(content.toString(), { logLevel: 'error', merge: true });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
