import {
  CONTAINER_LISTS,
  containersOf,
  describeObject,
  kindKey,
  PLANNED_CONTAINER_LISTS,
  podMetadataOf,
  podSpecOf,
  type KubernetesObject,
} from './objects';

/** Stands in an object for a value that is not known before the update. */
export const UNKNOWN = Symbol('unknown');

/**
 * Thrown by reading an unknown value. `&&`, `||`, `all` and `exists` absorb errors where the other side decides (as
 * CEL defines), which makes them three-valued: an unknown field leaves undecided only what hangs on it.
 */
export class UnknownValue extends Error {
  constructor(path: string) {
    super(`${path} is not known yet`);
  }
}

/** An object ready to be judged, by any number of controls. */
export class Subject {
  /** `Deployment shop/api`, for messages. */
  readonly name: string;
  /** See `kindKey`. */
  readonly key: string;
  /** The object as CEL sees it. */
  readonly object: KubernetesObject;
  private readonly derived: PropertyDescriptorMap;
  /** What the last expression read: most have no parameters, and so the same. */
  private last?: { params: unknown; variables: object };

  /** @param source the object as in a manifest, with `UNKNOWN` for what is not known */
  constructor(readonly source: KubernetesObject) {
    this.name = describeObject(source);
    this.key = kindKey(source);
    const object = toCel(source) as KubernetesObject;
    this.object = object;
    // Computed when an expression first reads them, as kube-apiserver does it.
    this.derived = {
      podSpec: lazy(() => podSpecOf(object)),
      podMetadata: lazy(() => podMetadataOf(object)),
      containers: lazy(() => containersOf(podSpecOf(object), CONTAINER_LISTS)),
      plannedContainers: lazy(() => containersOf(podSpecOf(object), PLANNED_CONTAINER_LISTS)),
    };
  }

  /** What expressions read as `variables`. */
  variables(params: unknown): object {
    const { last } = this;
    if (last && last.params === params) return last.variables;
    const variables = Object.create(null, { ...this.derived, params: { value: params } }) as object;
    this.last = { params, variables };
    return variables;
  }
}

function lazy(compute: () => unknown): PropertyDescriptor {
  let result: { value: unknown } | undefined;
  return { get: () => (result ??= { value: compute() }).value };
}

/**
 * A value as kube-apiserver shows it to CEL: whole numbers are integers, a null field is an absent one. Reading what
 * is unknown throws.
 */
export function toCel(value: unknown, path = ''): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return fill([], Object.entries(value), (index) => `${path}[${index}]`);
  // What is named `constructor` is left out, since the evaluator takes it for the value's type, and then reads every
  // optional field of the object as absent.
  const fields = Object.entries(value).filter(([key, item]) => item !== null && key !== 'constructor');
  // No prototype: a label may have the name of one of its properties.
  return fill(Object.create(null) as object, fields, (key) => (path ? `${path}.${key}` : key));
}

function fill(target: object, items: [string, unknown][], pathOf: (key: string) => string): object {
  for (const [key, item] of items) {
    if (item === undefined) continue;
    Object.defineProperty(target, key, { enumerable: true, ...field(item, () => pathOf(key)) });
  }
  return target;
}

/** What holds more is looked into when it is read: most rules read little of an object, and a CRD is long. */
function field(item: unknown, pathOf: () => string): PropertyDescriptor {
  if (item === UNKNOWN) return { get: () => throwUnknown(pathOf()) };
  if (typeof item === 'object') return lazy(() => toCel(item, pathOf()));
  return { value: toCel(item) };
}

function throwUnknown(path: string): never {
  throw new UnknownValue(path);
}

/**
 * A value as rules in TypeScript see it: itself, or where something in it is not known a copy in which reading that
 * throws, so that it is taken neither for a value nor for an absent one.
 * @param owner what the error says before the path
 */
export function guarded<T extends object>(value: T, owner = ''): T {
  let isHeld = holders.get(value);
  if (isHeld === undefined) holders.set(value, (isHeld = holdsUnknown(value)));
  return isHeld ? (guard(value, owner, '') as T) : value;
}

/** Whether what a guarded value has at this key is known, or not there: to ask does not read it. */
export function isKnown(value: object, key: PropertyKey): boolean {
  return Object.getOwnPropertyDescriptor(value, key)?.get === undefined;
}

/** Each control asks for the same. */
const holders = new WeakMap<object, boolean>();

function guard(value: unknown, owner: string, path: string): unknown {
  if (!holdsUnknown(value)) return value;
  const copy: object = Array.isArray(value) ? [] : {};
  for (const [key, item] of Object.entries(value as object)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    const read =
      item === UNKNOWN ? { get: () => throwUnknown(owner + at) } : { value: guard(item, owner, at) };
    Object.defineProperty(copy, key, { enumerable: true, ...read });
  }
  return copy;
}

export function holdsUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsUnknown);
}
