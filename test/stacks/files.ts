import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { missingSecrets } from '../../stacks/secrets';

/** The stacks that the repository ships. */
export const stacks = ['dev', 'staging', 'prod', 'local'] as const;

/** A stack's configuration by full key, as its file has it. */
export type Raw = Record<string, unknown>;

/** The text of a file, by its path in the repository. */
export function read(file: string): string {
  return readFileSync(join(__dirname, '../..', file), 'utf8');
}

/** The `config` of a stack's file. */
export function rawOf(stack: string): Raw {
  return (parse(read(`Pulumi.${stack}.yaml`)) as { config: Raw }).config;
}

/** Every key: a stack that keeps all of its configuration encrypted. */
export function keysOf(raw: Raw): { secretKeys: string[] } {
  return { secretKeys: Object.keys(raw) };
}

/** The value at a path, the full key first. */
export function at(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => Reflect.get(value as object, key), raw);
}

/** A copy with another value at a path, which is made where it is absent; `undefined` removes the key. */
export function changed<T>(raw: T, path: readonly PropertyKey[], to: unknown): T {
  const copy = structuredClone(raw);
  let parent: object = copy as object;
  for (const key of path.slice(0, -1)) {
    if (Reflect.get(parent, key) === undefined) Reflect.set(parent, key, {});
    parent = Reflect.get(parent, key) as object;
  }
  const last = path.at(-1) ?? '';
  if (to !== undefined)
    Object.defineProperty(parent, last, { value: to, enumerable: true, configurable: true });
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else Reflect.deleteProperty(parent, last);
  return copy;
}

/** The configuration with a value for each secret that it lacks, as the sandbox would run it. */
export function withSecrets(stack: string, raw: Raw): Raw {
  return missingSecrets(stack, raw).reduce(
    (filled, { path }) => changed(filled, keys(path), `hidden-${path}`),
    raw,
  );
}

/** "platform:a.b[0].c" as keys. */
export function keys(path: string): PropertyKey[] {
  const [, area = '', ...rest] = /^platform:([^.[]+)(.*)$/.exec(path) ?? [];
  const below = Array.from((rest[0] ?? '').matchAll(/\.([^.[]+)|\[(\d+)\]/g));
  return [`platform:${area}`, ...below.map(([, name, index]) => name ?? Number(index))];
}
