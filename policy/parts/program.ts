import type { ProgramResource } from '../control';

/** A sample of a resource of the program, of a typed Kubernetes object. */
export function resource(
  type: string,
  changes: Partial<Omit<ProgramResource, 'options'>> & { options?: Partial<ProgramResource['options']> } = {},
): ProgramResource {
  const { options, ...rest } = changes;
  return {
    type: `kubernetes:${type}`,
    name: 'sample',
    inputs: {},
    options: { protect: false, ignoreChanges: [], ...options },
    ...rest,
  };
}
