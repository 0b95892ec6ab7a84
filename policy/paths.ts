import { CONTAINER_LISTS, isRecord, podSpecOf, podSpecPath, type KubernetesObject } from './objects';

/** Where something is in an object: names of fields, and places in lists. */
export type Path = readonly (string | number)[];

/** One difference between two objects; without `value`, what stood there is gone. */
export interface Change {
  path: Path;
  value?: unknown;
}

/** `spec.containers[0].image`; a name that is no plain word is quoted: `metadata.labels["a/b"]`. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[A-Za-z_][\w-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** Where the container of this name is; undefined where there is none. */
export function containerPath(object: KubernetesObject, name: string): Path | undefined {
  const spec = podSpecOf(object);
  for (const list of CONTAINER_LISTS) {
    const containers = spec[list];
    if (!Array.isArray(containers)) continue;
    const index = containers.findIndex((each) => isRecord(each) && each.name === name);
    if (index >= 0) return [...(podSpecPath(object) ?? []), list, index];
  }
  return undefined;
}

/**
 * What must be changed in one value to make it the other, deepest first: a list of another length, and what is no map or
 * list, is replaced as a whole.
 */
export function changesBetween(before: unknown, after: unknown, path: Path = []): Change[] {
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, index) => changesBetween(item, after[index], [...path, index]));
  }
  if (isRecord(before) && isRecord(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
      const below = [...path, key];
      if (after[key] === undefined) return before[key] === undefined ? [] : [{ path: below }];
      return changesBetween(before[key], after[key], below);
    });
  }
  return Object.is(before, after) || sameLists(before, after) ? [] : [{ path, value: after }];
}

function sameLists(one: unknown, other: unknown): boolean {
  return Array.isArray(one) && Array.isArray(other) && JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Where an object is at fault: the deepest place without which it would pass, unless that is so of several beside each other,
 * which are at fault together. Undefined where it lacks something.
 */
export function faultPath(
  object: KubernetesObject,
  passes: (changed: KubernetesObject) => boolean,
): Path | undefined {
  let path: Path = [];
  for (let place: unknown = object; ;) {
    const guilty = keysOf(place, path).filter((key) =>
      passes(without(object, [...path, key]) as KubernetesObject),
    );
    const [key, ...others] = guilty;
    if (key === undefined || (others.length > 0 && path.length > 0))
      return path.length > 0 ? path : undefined;
    path = [...path, key];
    place = (place as Record<string | number, unknown>)[key];
  }
}

/** What may be at fault in a value. The kind is not, and the metadata only where nothing else is. */
function keysOf(value: unknown, path: Path): (string | number)[] {
  if (Array.isArray(value)) return [...value.keys()];
  if (!isRecord(value)) return [];
  const keys = Object.keys(value);
  if (path.length > 0) return keys;
  const own = keys.filter((key) => !['apiVersion', 'kind', 'metadata'].includes(key));
  return [...own, 'metadata'].filter((key) => key in value);
}

function without(value: unknown, [step, ...below]: Path): unknown {
  if (Array.isArray(value)) {
    return below.length === 0
      ? value.filter((_, index) => index !== step)
      : value.map((item, index): unknown => (index === step ? without(item, below) : item));
  }
  const entries = Object.entries(value as object).filter(([key]) => below.length > 0 || key !== step);
  return Object.fromEntries(entries.map(([key, item]) => [key, key === step ? without(item, below) : item]));
}
