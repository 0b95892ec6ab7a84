import * as pulumi from '@pulumi/pulumi';
import { z } from 'zod';
import { secrets, type SecretMeta } from './fields';
import { isGroup, type Path, pathText, setCommand } from './paths';
import { type PlainSettings, schema, type Settings } from './schema';

/** The declared secrets: which are missing, which are in plain text, and how they are sealed. */

/** A required secret that a stack does not have. */
export interface MissingSecret {
  /** The configuration path: "platform:backup.credentials". */
  path: string;
  /** What the value is. */
  purpose: string;
  /** The command that sets it; it asks for the value, or reads it from standard input. */
  command: string;
}

/** One declared secret and where a stack has, or lacks, its value. */
interface Leaf {
  path: Path;
  meta: SecretMeta;
  value: unknown;
  /** Puts something else in its place. */
  replace: (by: unknown) => void;
}

/**
 * The required secrets that a stack's configuration lacks, in the order of the schema. Areas whose mode is
 * `existing` or `off` need none. Pure; the configuration need not be valid.
 *
 * @param stack The stack's name, for the commands.
 * @param raw Values by full key ("platform:backup"), objects as objects, as in the stack file. An encrypted leaf
 * counts as present.
 */
export function missingSecrets(stack: string, raw: Readonly<Record<string, unknown>>): MissingSecret[] {
  const areas = Object.keys(schema.shape).map((area) => [area, raw[`platform:${area}`] ?? {}] as const);
  const needed = Object.fromEntries(areas.filter(([, value]) => needsSecrets(value)));
  return leaves(schema, needed, [])
    .filter(({ value, meta }) => value === undefined && !meta.optional)
    .map(({ path, meta }) => ({
      path: `platform:${pathText(path)}`,
      purpose: meta.purpose,
      command: setCommand(stack, path, true),
    }));
}

/** Paths of the declared secrets that have a value worth hiding, by area; their keys must be marked secret. */
export function heldSecrets(input: Readonly<Record<string, unknown>>): Path[] {
  return leaves(schema, input, [])
    .filter(({ value, meta }) => typeof value === 'string' && value !== '' && meta.holds(value))
    .map(({ path }) => path);
}

/** Turns each secret text into a secret output, and a declared one that holds none (a path) into a plain output. */
export function seal(plain: PlainSettings): Settings {
  const sealed = structuredClone(plain);
  for (const { value, meta, replace } of leaves(schema, sealed, [])) {
    if (typeof value === 'string') replace(meta.holds(value) ? pulumi.secret(value) : pulumi.output(value));
  }
  // What the loop has done is all that the two types differ in.
  return sealed as unknown as Settings;
}

function needsSecrets(area: unknown): boolean {
  return isGroup(area) && (area.mode === undefined || area.mode === 'managed');
}

/** Every declared secret that a value of this type has or could have. */
function leaves(type: z.core.$ZodType, value: unknown, path: Path): Leaf[] {
  if (type instanceof z.ZodDefault || type instanceof z.ZodPrefault || type instanceof z.ZodExactOptional) {
    return leaves(type.def.innerType, value, path);
  }
  if (type instanceof z.ZodUnion) {
    return type.options
      .filter((option) => isMeant(option, value))
      .flatMap((option) => leaves(option, value, path));
  }
  if (type instanceof z.ZodArray && Array.isArray(value)) {
    return value.flatMap((_, index) => leavesAt(type.def.element, value, index, path));
  }
  if (!isGroup(value)) return [];
  if (type instanceof z.ZodRecord) {
    return Object.keys(value).flatMap((key) => leavesAt(type.def.valueType, value, key, path));
  }
  if (type instanceof z.ZodObject) {
    return Object.entries<z.core.$ZodType>(type.def.shape).flatMap(([key, field]) =>
      leavesAt(field, value, key, path),
    );
  }
  return [];
}

function leavesAt(type: z.core.$ZodType, parent: object, key: string | number, path: Path): Leaf[] {
  const here = [...path, key];
  const value: unknown = Reflect.get(parent, key);
  const meta = secrets.get(type);
  return meta
    ? [{ path: here, meta, value, replace: (by) => void Reflect.set(parent, key, by) }]
    : leaves(type, value, here);
}

/** Whether a value is written as this option of a union: its `kind`, where there is one, is the option's. */
function isMeant(option: z.core.$ZodType, value: unknown): boolean {
  if (!(option instanceof z.ZodObject) || !isGroup(value)) return false;
  const kind: unknown = option.def.shape.kind;
  return (
    kind === undefined || (kind instanceof z.ZodLiteral && kind.def.values.includes(value.kind as string))
  );
}
