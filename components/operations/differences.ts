import { isDeepStrictEqual } from 'node:util';
import { isRecord, type KubernetesObject } from '../../policy/objects';

/** A field in which two objects differ. */
export interface Difference {
  path: (string | number)[];
  /** The path as people write it: `webhooks[0].failurePolicy`. */
  text: string;
  /** The value that is wanted; undefined where the field is to go. */
  wanted: unknown;
}

/** What the API server itself keeps of an object. */
const OWN = [
  ['metadata', 'managedFields'],
  ['metadata', 'resourceVersion'],
  ['metadata', 'generation'],
  ['status'],
];

/** Whether an object has, as they are written, all fields that a manifest declares. */
export function declares(manifest: unknown, live: unknown): boolean {
  // Null is how a manifest says that a field is not there.
  if (manifest === null || manifest === undefined) return live === null || live === undefined;
  if (Array.isArray(manifest)) {
    return (
      Array.isArray(live) &&
      manifest.length === live.length &&
      manifest.every((each, index) => declares(each, live[index]))
    );
  }
  if (isRecord(manifest)) {
    return isRecord(live) && Object.entries(manifest).every(([key, value]) => declares(value, live[key]));
  }
  return manifest === live;
}

/** The fields in which an object is not what is wanted. Lists of unlike lengths differ as a whole. */
export function differences(live: KubernetesObject, wanted: KubernetesObject): Difference[] {
  return collect(live, wanted, []);
}

function collect(live: unknown, wanted: unknown, path: (string | number)[]): Difference[] {
  if (OWN.some((own) => isDeepStrictEqual(own, path)) || isDeepStrictEqual(live, wanted)) return [];
  if (isRecord(live) && isRecord(wanted)) {
    const keys = [...new Set([...Object.keys(live), ...Object.keys(wanted)])].sort();
    return keys.flatMap((key) => collect(live[key], wanted[key], [...path, key]));
  }
  if (Array.isArray(live) && Array.isArray(wanted) && live.length === wanted.length) {
    return live.flatMap((each, index) => collect(each, wanted[index], [...path, index]));
  }
  return [{ path, text: textOf(path), wanted }];
}

/** A copy of the object with these fields as wanted. */
export function withDifferences(live: KubernetesObject, all: readonly Difference[]): KubernetesObject {
  const copy = structuredClone(live);
  for (const { path, wanted } of all) {
    const last = path.at(-1) ?? '';
    const parent = path.slice(0, -1).reduce<unknown>((value, key) => Reflect.get(value as object, key), copy);
    if (wanted === undefined) Reflect.deleteProperty(parent as object, last);
    else Reflect.set(parent as object, last, wanted);
  }
  return copy;
}

function textOf(path: readonly (string | number)[]): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[\w-]+$/.test(key)) return `["${key}"]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}
