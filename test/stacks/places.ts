/** Paths of everything below a value, lists and groups included, depth first. */
export function places(value: unknown, path: readonly PropertyKey[] = []): PropertyKey[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, below]) => {
    const here = [...path, Array.isArray(value) ? Number(name) : name];
    return [here, ...places(below, here)];
  });
}
