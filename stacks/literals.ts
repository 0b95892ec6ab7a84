import { z } from 'zod';
import { isNetwork } from './networks';
import { expected } from './problems';

/**
 * The texts that people write in a stack file ("30d", "10Gi", "10.244.0.0/16"), each with an error that says what
 * was found and shows a good example, and the functions that turn them into numbers.
 */

interface Literal {
  /** With its article: "a duration". */
  noun: string;
  /** Left out where none says more than the noun does. */
  example?: string;
  pattern: RegExp;
  /** What the pattern cannot say. */
  check?: (text: string) => boolean;
  /** Most characters; 253 unless told, the longest name that Kubernetes takes. */
  max?: number;
}

/** Builds a string type whose every error reads `"x" is not <noun> such as "<example>"`, or without an example. */
export function literal({ noun, example, pattern, check = () => true, max = 253 }: Literal): z.ZodString {
  const error = expected(example === undefined ? noun : `${noun} such as "${example}"`);
  return z
    .string({ error })
    .max(max, { error, abort: true })
    .regex(pattern, { error, abort: true })
    .refine(check, { error })
    .meta(example === undefined ? {} : { examples: [example] });
}

const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';

/** A whole number and one unit: s, m, h, d or w. */
export const duration = literal({ noun: 'a duration', example: '30d', pattern: /^[1-9][0-9]{0,5}[smhdw]$/ });

/** CPU as a Kubernetes quantity: thousandths of a core ("500m") or cores ("2", "0.5"). */
export const cores = literal({
  noun: 'an amount of CPU, in quotes,',
  example: '500m',
  pattern: /^([1-9][0-9]{0,8}m|[1-9][0-9]{0,5}(\.[0-9]{1,3})?|0\.[0-9]{1,3})$/,
  check: (text) => toNumber(text) > 0,
});

/** Memory or storage as a Kubernetes quantity with its unit; without one it would be bytes, which nobody means. */
export const bytes = literal({
  noun: 'an amount of bytes with its unit',
  example: '10Gi',
  pattern: /^[1-9][0-9]{0,8}(\.[0-9]{1,3})?(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)$/,
});

/** A network, IPv4 or IPv6, with no bit set behind its prefix. */
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
  max: 63,
});

/** The five fields of a cron line, in digits, or one of @hourly, @daily, @weekly, @monthly. Times are UTC. */
export const cron = literal({
  noun: 'a cron schedule',
  example: '0 2 * * *',
  pattern: /^(@(hourly|daily|weekly|monthly)|[-0-9*/,]+( [-0-9*/,]+){4})$/,
  check: isCron,
});

/** 0% to 100%, with up to three decimals. */
export const percent = literal({
  noun: 'a percentage',
  example: '99.9%',
  pattern: /^(100(\.0{1,3})?|[1-9]?[0-9](\.[0-9]{1,3})?)%$/,
});

/** A Kubernetes minor version. 1.30 is the first to serve ValidatingAdmissionPolicy v1, which the platform uses. */
export const kubernetesMinor = literal({
  noun: 'a Kubernetes minor version, 1.30 or later and in quotes,',
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
  example: 'https://s3.example.com:9000',
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

/** A text of one line, not empty, with no blank at either end. */
export const line = literal({
  noun: 'a line of text without blanks at its ends',
  pattern: /^\S(.*\S)?$/,
  check: (text) => !/\p{Cc}/u.test(text),
  max: 1000,
});

const cronRanges = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;

function isCron(text: string): boolean {
  const fields = text.split(' ');
  return (
    text.startsWith('@') || cronRanges.every(([min, max], index) => isCronField(fields[index], min, max))
  );
}

function isCronField(field: string | undefined, min: number, max: number): boolean {
  return (field ?? '').split(',').every((entry) => {
    const found = /^(\*|(\d{1,2})(-(\d{1,2}))?)(\/[1-9]\d?)?$/.exec(entry);
    if (!found) return false;
    const first = Number(found[2] ?? min);
    const last = Number(found[4] ?? found[2] ?? max);
    return min <= first && first <= last && last <= max;
  });
}

const seconds = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** Seconds in a duration literal: "30d" is 2592000. The text must have passed `duration`. */
export function toSeconds(text: string): number {
  return Number(text.slice(0, -1)) * seconds[text.slice(-1) as keyof typeof seconds];
}

/** A duration as Go writes it, which knows no days or weeks: "30d" is "720h0m0s". */
export function toGoDuration(text: string): string {
  const total = toSeconds(text);
  return `${String(Math.floor(total / 3600))}h${String(Math.floor((total % 3600) / 60))}m${String(total % 60)}s`;
}

/** The number before the sign: "99.9%" is 99.9. The text must have passed `percent`. */
export function toPercent(text: string): number {
  return Number(text.slice(0, -1));
}

const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi'];
const decimal = ['k', 'M', 'G', 'T', 'P'];

/** A quantity in its base unit, cores or bytes: "500m" is 0.5, "1Ki" is 1024. It must have passed `cores` or `bytes`. */
export function toNumber(text: string): number {
  const amount = Number.parseFloat(text);
  const unit = text.replace(/^[0-9.]+/, '');
  if (unit === 'm') return amount / 1000;
  if (unit === '') return amount;
  return binary.includes(unit)
    ? amount * 1024 ** (binary.indexOf(unit) + 1)
    : amount * 1000 ** (decimal.indexOf(unit) + 1);
}
