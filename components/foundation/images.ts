import type { Settings } from '../../stacks/schema';

/**
 * An image as the stack pulls it: from `images.registry`, where one is set, under its own repository path.
 * `nginx:1` counts as `docker.io/library/nginx:1`.
 */
export function platformImage(image: string, { images }: Pick<Settings, 'images'>): string {
  if (!images.registry) return image;
  const { path } = splitImage(image);
  return `${images.registry}/${path}`;
}

/** Registry host and the rest (path, tag, digest) of an image reference. */
export function splitImage(image: string): { host: string; path: string } {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  if (isHost) return { host: first, path: rest.join('/') };
  return { host: 'docker.io', path: rest.length > 0 ? image : `library/${image}` };
}
