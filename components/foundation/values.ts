/** Helm values, as a plain object. */
export type Values = Record<string, unknown>;

/** Values of accounts whose pods say by themselves whether they get its token. */
export const TOKENLESS = { automountServiceAccountToken: false };

/** Lays `over` on `base`: objects are merged key by key, anything else (arrays too) is replaced. */
export function mergeValues(base: Values, over: Values): Values {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isPlainObject(below) && isPlainObject(value) ? mergeValues(below, value) : value;
  }
  return merged;
}

function isPlainObject(value: unknown): value is Values {
  if (typeof value !== 'object' || value === null) return false;
  // Of no class, in whichever realm it was made: outputs and arrays have a longer chain of prototypes.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
