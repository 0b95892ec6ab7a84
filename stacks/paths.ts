import { quoted } from './problems';

/** Where a setting stands, and the command that sets it. */

/** Keys and list positions from the area down: ["backup", "schedules", 0, "ttl"]. */
export type Path = readonly PropertyKey[];

/** The path as Pulumi's `--path` takes it: `backup.schedules[0].ttl`, odd keys as `["app.yaml"]`. */
export function pathText(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${String(key)}]`;
      const name = String(key);
      if (!/^[A-Za-z0-9_-]+$/.test(name)) return `[${quoted(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}

/** The command that sets one setting. A secret's value is not part of it: it is asked for, or read from stdin. */
export function setCommand(stack: string, path: Path, secret: boolean): string {
  const quoted = `'platform:${pathText(path).replaceAll("'", `'\\''`)}'`;
  return secret
    ? `pulumi config set --stack ${stack} --secret --path ${quoted}`
    : `pulumi config set --stack ${stack} --path ${quoted} <value>`;
}

/** Whether a value is an object with keys, not a list or null. */
export function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
