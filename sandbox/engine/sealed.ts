/** How secrets travel and are kept: https://www.pulumi.com/docs/iac/concepts/secrets/ */
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';

/** A copy with another value for each secret. */
export function unseal(value: unknown, replace: (secret: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => unseal(each, replace));
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  if (fields[SIGNATURE] === SECRET) return replace(unseal(fields.value, replace));
  return Object.fromEntries(Object.entries(fields).map(([key, each]) => [key, unseal(each, replace)]));
}
