import { z } from 'zod';
import { expected, nearest, shown } from './problems';

/** The building blocks of the schema besides the literals: numbers, choices, groups, lists, maps and secrets. */

/** A whole number from `min` to `max`, both included. */
export function whole(min: number, max: number): z.ZodInt {
  const error = expected(`a whole number from ${String(min)} to ${String(max)}`);
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A TCP or UDP port. */
export const port = whole(1, 65535);

/** true or false. */
export const flag = z.boolean({ error: expected('true or false') });

/** One of the given words. */
export function choice<const T extends readonly [string, ...string[]]>(
  words: T,
): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(words, { error: expected(`one of ${words.map((word) => `"${word}"`).join(', ')}`) });
}

/** An object that takes these keys only; an unknown one is reported with the nearest known one. */
export function group<S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `has no key ${shown(key)}${nearest(key, known)}`).join(' and ')
        : expected('a group of settings')(issue),
  });
}

/** A list of at most `max` entries. */
export function list<T extends z.ZodType>(entry: T, max = 100): z.ZodArray<T> {
  const error = expected(`a list of at most ${String(max)} entries`);
  return z.array(entry, { error }).max(max, { error });
}

/** A map from a checked name to an entry. */
export function map<K extends z.ZodString, V extends z.ZodType>(name: K, entry: V): z.ZodRecord<K, V> {
  return z.record(name, entry, { error: expected('a map of names to settings') });
}

/** Parameters of a control, by name; which there are, `policy/` knows. */
export const controlParameters = z.record(z.string(), z.unknown(), {
  error: expected('a map of parameters'),
});

/** Helm values of the user's own, laid over the platform's; a run lists each of them. */
export const helmValues = z
  .record(z.string(), z.unknown(), { error: expected('a map of Helm values') })
  .describe("Helm values laid over the platform's own. Every one is listed after a run.");

/** Who runs a component. */
export const mode = choice(['managed', 'existing', 'off'])
  .default('managed')
  .describe('`managed`: installed here. `existing`: the cluster has its own, and it is used. `off`: none.');

/** What a declared secret says about itself; kept in `secrets`, keyed by the leaf's schema. */
export interface SecretMeta {
  /** What the value is, for whoever has to supply it; without a full stop. */
  purpose: string;
  /** Whether a run can do without it. */
  optional: boolean;
  /** Whether a given text is secret; a kubeconfig's path is not, its content is. */
  holds: (text: string) => boolean;
}

/** The declared secrets. Reading this registry is how the loader, the docs and the JSON Schema know them. */
export const secrets = z.registry<SecretMeta>();

/** A secret text before it is sealed; components only ever see `pulumi.Output<string>`. */
export type SecretText = string & z.$brand<'secret'>;

/**
 * A leaf that must be set with `pulumi config set --secret`. The type leaves it optional because the loader reports
 * an absent one itself, with the command that sets it. Its errors never show the value.
 */
export function secret(
  purpose: string,
  { optional = false, holds = () => true }: Partial<Omit<SecretMeta, 'purpose'>> = {},
): z.ZodExactOptional<z.core.$ZodBranded<z.ZodString, 'secret'>> {
  const error = 'is not a text of 1 to 65536 characters (the value is not shown)';
  const leaf = z.string({ error }).min(1, { error }).max(65_536, { error }).brand<'secret'>();
  return leaf.exactOptional().describe(`${purpose}.`).register(secrets, { purpose, optional, holds });
}
