/**
 * CEL: a path of a node, as segments with a slash after each: "run/containerd/". One path has many spellings, and
 * /var/run is /run on every Linux; on Windows, a named pipe is a path with other slashes.
 */
export function segments(path: string): string {
  const plain = `${path}.split('\\\\').join('/').split('/').filter(s, s != '' && s != '.').map(s, s + '/').join('')`;
  return `[${plain}].map(p, p.startsWith('var/run/') ? p.substring(4) : p)[0]`;
}

/** CEL: whether the first path is the second, or a folder above it. Both are what `segments` gives. */
export function isAtOrAbove(path: string, other: string): string {
  return `${other}.startsWith(${path})`;
}
