import { isRecord } from '../objects';

/** CEL: the capabilities that the container `c` adds, or drops. */
export const added = 'c.?securityContext.?capabilities.?add.orValue([])';
export const dropped = 'c.?securityContext.?capabilities.?drop.orValue([])';

/** CEL: whether `a`, as a container writes it, is this capability: runtimes take any case, some take a prefix. */
export function isCapability(a: string, name: string): string {
  return `(${a}.lowerAscii() == ${name}.lowerAscii() || ${a}.lowerAscii() == 'cap_' + ${name}.lowerAscii())`;
}

/** Takes these capabilities out of what a container adds. */
export function removeAdded(container: Record<string, unknown>, names: readonly string[]): void {
  const capabilities = isRecord(container.securityContext)
    ? container.securityContext.capabilities
    : undefined;
  if (!isRecord(capabilities) || !Array.isArray(capabilities.add)) return;
  const unwanted = new Set(names.map((name) => name.toLowerCase()));
  const kept = capabilities.add.filter(
    (name) => !unwanted.has(String(name).toLowerCase().replace(/^cap_/, '')),
  );
  if (kept.length === capabilities.add.length) return;
  if (kept.length > 0) capabilities.add = kept;
  else delete capabilities.add;
}
