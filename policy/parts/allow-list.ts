import type { ParameterSchema } from '../control';

/** The name of an object, in CEL. */
export const NAME = "object.?metadata.?name.orValue('')";

/** CEL: what an object is called, by its namespace too where it has one. */
export const KEY =
  `(object.kind.startsWith('Cluster') ? '' : object.?metadata.?namespace.orValue('default') + '/')` +
  ` + ${NAME}`;

/** CEL: the object is in the parameter `allow`. */
export const IS_ALLOWED = `${KEY} in variables.params.allow`;

/** The parameter `allow`: objects that are not judged, by namespace too where they have one. */
export function allowList(what: string): { allow: ParameterSchema } {
  return {
    allow: {
      type: 'array',
      items: { type: 'string', pattern: '^[^/]+(/[^/]+)?$' },
      description: `${what} that are not judged: name, or namespace/name.`,
      default: [],
    },
  };
}
