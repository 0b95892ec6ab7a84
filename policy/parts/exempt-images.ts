import type { ParameterSchema } from '../control';

/** Images whose containers a control does not judge. */
export const EXEMPT_IMAGES = {
  type: 'array',
  items: {
    type: 'string',
    pattern:
      '^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)+(:[A-Za-z0-9_.-]+)?(@sha256:[0-9a-f]{64})?$',
  },
  description:
    'Images whose containers are not judged, as they are written in the container: with or without tag and digest.',
  default: [],
} as const satisfies ParameterSchema;

/** CEL over `c`, the container: its image is one of those, or a tag or digest of one. */
export const HAS_EXEMPT_IMAGE =
  "variables.params.exemptImages.exists(i, c.?image.orValue('') == i" +
  " || c.?image.orValue('').startsWith(i + ':') || c.?image.orValue('').startsWith(i + '@'))";

/** The same on a container as it is in an object. */
export function hasExemptImage(image: unknown, exemptImages: readonly string[]): boolean {
  return exemptImages.some((each) =>
    ['', ':', '@'].some((end) => (end === '' ? image === each : String(image).startsWith(each + end))),
  );
}
