import { isIP } from 'node:net';
import { z } from 'zod';
import { nearest } from './nearest';

/**
 * The texts that people write in a stack file ("30d", "10Gi", "10.244.0.0/16"), each with an error that says what
 * was found and shows a good example, and the functions that turn them into numbers.
 */

/** What zod reports for a rejected value; `input` is undefined when the key is absent. */
type Rejected = { readonly input?: unknown; readonly keys?: string[]; readonly code?: string };

/** The value as it is shown in a problem: at most 60 characters, on one line. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Builds the error of a field: what was found, then what it should be. An absent key has a message of its own. */
export function expected(what: string): (issue: Rejected) => string {
  return ({ input }) => (input === undefined ? 'is missing' : `${shown(input)} is not ${what}`);
}

interface Literal {
  /** With its article: "a duration". */
  noun: string;
  example: string;
  pattern: RegExp;
  /** What the pattern cannot say. */
  check?: (text: string) => boolean;
  /** Most characters; 253 unless told (the longest name that Kubernetes takes). */
  max?: number;
}

function literal({ noun, example, pattern, check = () => true, max = 253 }: Literal): z.ZodString {
  const error = expected(`${noun} such as "${example}"`);
  return z
    .string({ error })
    .max(max, { error, abort: true })
    .regex(pattern, { error, abort: true })
    .refine(check, { error })
    .meta({ examples: [example] });
}

const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const octet = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';

/** A whole number and one unit: s, m, h, d or w. */
export const duration = literal({ noun: 'a duration', example: '30d', pattern: /^[1-9][0-9]{0,5}[smhdw]$/ });

/** A positive Kubernetes quantity: "500m" of a core, "10Gi" of bytes, or a plain number. */
export const quantity = literal({
  noun: 'a quantity',
  example: '10Gi',
  pattern: /^(0\.[0-9]{1,3}|[1-9][0-9]{0,9}(\.[0-9]{1,3})?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/,
  check: (text) => toNumber(text) > 0,
});

/** A network, IPv4 or IPv6, its host bits zero. */
export const cidr = literal({
  noun: 'a network',
  example: '10.244.0.0/16',
  pattern: /^[0-9a-fA-F.:]{2,45}\/[0-9]{1,3}$/,
  check: isNetwork,
});

/** A DNS name of lower-case labels with at least one dot. */
export const hostname = literal({
  noun: 'a host name',
  example: 'platform.example.com',
  pattern: new RegExp(`^${label}(\\.${label})+$`),
});

/** One DNS label: the name of a namespace, a workload, a schedule. */
export const dnsLabel = literal({
  noun: 'a name of lower-case letters, digits and hyphens',
  example: 'payments-api',
  pattern: new RegExp(`^${label}$`),
});

/** The five fields of a cron line, or @hourly, @daily, @weekly, @monthly. Times are UTC. */
export const cron = literal({
  noun: 'a cron schedule',
  example: '0 2 * * *',
  pattern: /^(@(hourly|daily|weekly|monthly)|[0-9*]\S*( [0-9*]\S*){3} [0-9*A-Z]\S*)$/,
  check: isCron,
});

/** 0% to 100%, with up to three decimals. */
export const percent = literal({
  noun: 'a percentage',
  example: '99.9%',
  pattern: /^(100(\.0{1,3})?|[1-9]?[0-9](\.[0-9]{1,3})?)%$/,
});

/** A Kubernetes minor version. 1.30 is the first to serve ValidatingAdmissionPolicy v1, which this platform uses. */
export const kubernetesMinor = literal({
  noun: 'a Kubernetes minor version from 1.30 on, in quotes,',
  example: '1.36',
  pattern: /^1\.[3-9][0-9]$/,
});

/** An https address. */
export const httpsUrl = literal({
  noun: 'an https URL',
  example: 'https://id.example.com',
  pattern: /^https:\/\/[^\s/?#]+\S*$/,
  check: (text) => URL.canParse(text),
  max: 2000,
});

/** An http or https address. */
export const url = literal({
  noun: 'a URL',
  example: 'https://minio.example.com:9000',
  pattern: /^https?:\/\/[^\s/?#]+\S*$/,
  check: (text) => URL.canParse(text),
  max: 2000,
});

/** One e-mail address. */
export const email = literal({
  noun: 'an e-mail address',
  example: 'ops@example.com',
  pattern: /^[^\s@<>"]{1,64}@[A-Za-z0-9]([-A-Za-z0-9.]{0,180}[A-Za-z0-9])?$/,
});

/** host:port. */
export const hostPort = literal({
  noun: 'a host and port',
  example: 'smtp.example.com:587',
  pattern: /^[A-Za-z0-9]([-A-Za-z0-9.]{0,250}[A-Za-z0-9])?:[1-9][0-9]{0,4}$/,
  check: (text) => Number(text.split(':')[1]) <= 65535,
});

/** A text of one line that is not empty. */
export const line = literal({
  noun: 'a text of one line',
  example: 'some text',
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  pattern: /^[^\s\u0000-\u001f\u007f]([^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f])?$/,
  max: 1000,
});

export { literal };

/** A whole number from `min` to `max`, both included. */
export function whole(min: number, max: number): z.ZodInt {
  const error = expected(`a whole number from ${String(min)} to ${String(max)}`);
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A port, 1 to 65535. */
export const port = whole(1, 65535);

/** true or false. */
export const flag = z.boolean({ error: expected('true or false') });

/** One of the given words. */
export function choice<const T extends readonly [string, ...string[]]>(
  words: T,
): z.ZodEnum<{ [K in T[number]]: K }> {
  const error = expected(`one of ${words.map((word) => `"${word}"`).join(', ')}`);
  return z.enum(words, { error });
}

/** An object that takes these keys only; a key it does not know is reported with the nearest one it does. */
export function group<S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? (issue.keys ?? []).map((key) => `${shown(key)} is not known here${nearest(key, known)}`).join('; ')
        : expected('a group of settings')(issue),
  });
}

/** A list of at most `max` entries. */
export function list<T extends z.ZodType>(entry: T, max = 100): z.ZodArray<T> {
  const error = expected(`a list of at most ${String(max)} entries`);
  return z.array(entry, { error }).max(max, { error: `has more than ${String(max)} entries` });
}

/** A map from a checked name to an entry. */
export function map<K extends z.ZodString, V extends z.ZodType>(name: K, entry: V): z.ZodRecord<K, V> {
  return z.record(name, entry, { error: expected('a map of names to settings') });
}

/** Extra Helm values, merged over the platform's own; the summary of a run lists each one. */
export const helmValues = z.record(z.string(), z.unknown(), { error: expected('a map of Helm values') });

/** Who runs a component. */
export const mode = choice(['managed', 'existing', 'off'])
  .default('managed')
  .describe(
    'Who runs it: `managed` (this program installs it), `existing` (the cluster has its own, which is used) or `off`.',
  );

const second = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** Seconds in a duration literal: "30d" is 2592000. Give it checked text only. */
export function toSeconds(text: string): number {
  return Number(text.slice(0, -1)) * second[text.slice(-1) as keyof typeof second];
}

/** The duration as Go writes it, which knows no days or weeks: "30d" is "720h0m0s". */
export function toGoDuration(text: string): string {
  const total = toSeconds(text);
  return `${String(Math.floor(total / 3600))}h${String(Math.floor((total % 3600) / 60))}m${String(total % 60)}s`;
}

/** The number before the sign: "99.9%" is 99.9. */
export function toPercent(text: string): number {
  return Number(text.slice(0, -1));
}

const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi'];
const decimal = ['k', 'M', 'G', 'T', 'P'];

/** A quantity in its base unit, cores or bytes: "500m" is 0.5, "1Ki" is 1024. */
export function toNumber(text: string): number {
  const amount = Number.parseFloat(text);
  const unit = text.replace(/^[0-9.]+/, '');
  if (unit === 'm') return amount / 1000;
  if (unit === '') return amount;
  return binary.includes(unit)
    ? amount * 1024 ** (binary.indexOf(unit) + 1)
    : amount * 1000 ** (decimal.indexOf(unit) + 1);
}
