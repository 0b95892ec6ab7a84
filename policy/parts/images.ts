/** CEL: the image of the container `c`, empty where it names none. */
export const IMAGE = "c.?image.orValue('')";

/** The first segment of an image is a registry where it has a dot, a port or a capital, or is localhost. */
const REGISTRY = '^([^/]*[.:A-Z][^/]*|localhost)/';
/** Algorithm and checksum, as OCI images have them. */
const DIGEST = '@sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$';
/** A port too follows a colon, but has a slash after it. */
const TAG = '^[^@]*:[^:/@]+(@.*)?$';

/** CEL: whether the image names its registry. */
export const isQualified = `${IMAGE}.matches('${REGISTRY}')`;

/** CEL: the image with its registry, as runtimes complete it. */
export const qualified =
  `(${isQualified} ? ${IMAGE}` +
  ` : ${IMAGE}.contains('/') ? 'docker.io/' + ${IMAGE} : 'docker.io/library/' + ${IMAGE})`;

/** CEL: whether the image is pinned by its digest. */
export const isPinned = `${IMAGE}.matches('${DIGEST}')`;

/** CEL: whether the image has a tag. */
export const isTagged = `${IMAGE}.matches('${TAG}')`;

/** CEL: whether the image is in one of these registries, or paths in them, by whole segments. */
export function isIn(registries: string): string {
  // The slash ends the segment: registry.example must not stand for registry.example.evil.test.
  return `${registries}.exists(r, ${qualified}.startsWith(r + '/'))`;
}

/** A pattern of registries, and of paths in them. */
export const REGISTRY_PATTERN = '^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*$';

/** What a reference to an image names. */
export interface ImageReference {
  /** With its registry and tag, without its digest: `docker.io/library/nginx:1.29`. */
  name: string;
  tag: string | undefined;
  /** `sha256:…`; undefined where it is not pinned. */
  digest: string | undefined;
}

/** Takes a reference to an image apart, and completes it as runtimes do. */
export function parseImage(reference: string): ImageReference {
  const digest = new RegExp(DIGEST).exec(reference)?.[0].slice(1);
  const [tagged = ''] = reference.split('@');
  const tag = new RegExp(TAG).test(tagged) ? tagged.slice(tagged.lastIndexOf(':') + 1) : undefined;
  const repository = tagged.includes('/') ? tagged : `library/${tagged}`;
  return { name: new RegExp(REGISTRY).test(tagged) ? tagged : `docker.io/${repository}`, tag, digest };
}
