import type { ParameterSchema } from '../control';

/** What a flag must be, in CEL. */
export interface Expectation {
  /** Verdict where the flag is not there, and the program takes its own default. */
  absent: boolean;
  /** CEL over `v`, the flag's values in their order: true when they are good. */
  ok: string;
  /** The expectation in words, after "expected". */
  words: string;
  parameters?: Readonly<Record<string, ParameterSchema>>;
  /** Whether the flag gathers its values when it is there more than once. */
  gathers?: boolean;
  good: readonly string[];
  bad: readonly string[];
}

/** A flag that counts by its last value. */
export const last = 'v[v.size() - 1]';
/** A flag of several values, which may be there more than once. */
const items = "v.join(',').split(',')";

/** The flag has a value, such as a path. */
export const set: Expectation = {
  absent: false,
  ok: `${last} != ''`,
  words: 'a value',
  good: ['/etc/kubernetes/pki/sample'],
  bad: [''],
};

export const unset: Expectation = {
  absent: true,
  ok: `${last} == ''`,
  words: 'none',
  good: [''],
  bad: ['/etc/kubernetes/sample'],
};

/** @param absent whether the program does so by itself */
export function isTrue(absent: boolean): Expectation {
  return {
    absent,
    ok: `${last}.matches('^(1|t|T|TRUE|true|True)$')`,
    words: 'true',
    good: ['true', 'T'],
    bad: ['false', '0'],
  };
}

/** @param absent whether the program does so by itself */
export function isFalse(absent: boolean): Expectation {
  return {
    absent,
    ok: `${last}.matches('^(0|f|F|FALSE|false|False)$')`,
    words: 'false',
    good: ['false', '0'],
    bad: ['true', ''],
  };
}

export function includes(item: string): Expectation {
  return {
    absent: false,
    ok: `${items}.exists(i, i.trim() == '${item}')`,
    words: `${item} among its values`,
    gathers: true,
    good: [item, `First,${item},Last`],
    bad: ['', `${item}Not`, 'First,Last'],
  };
}

export function lacks(item: string, absent = true): Expectation {
  return {
    absent,
    ok: `!${items}.exists(i, i.trim() == '${item}')`,
    words: `no ${item}`,
    gathers: true,
    good: ['First', 'First,Last'],
    bad: [item, `First,${item}`],
  };
}

/** A whole number that is not below a parameter. */
export function atLeast(minimum: number, description: string): Expectation {
  return {
    absent: false,
    ok: `${last}.matches('^[0-9]+$') && int(${last}) >= variables.params.minimum`,
    words: 'a number not below the parameter minimum',
    parameters: { minimum: { type: 'integer', minimum: 0, description, default: minimum } },
    good: [String(minimum), String(minimum * 10)],
    bad: ['', '0', String(minimum - 1), `${minimum}d`],
  };
}

/** A whole number from 1 to a parameter. */
export function atMost(maximum: number, description: string): Expectation {
  return {
    absent: false,
    ok: `${last}.matches('^[0-9]+$') && int(${last}) > 0 && int(${last}) <= variables.params.maximum`,
    words: 'a number above 0 and not above the parameter maximum',
    parameters: { maximum: { type: 'integer', minimum: 1, description, default: maximum } },
    good: ['1', String(maximum)],
    bad: ['', '0', '-1', String(maximum + 1), `${maximum}d`],
  };
}

/** Only values that a parameter lists. */
export function among(name: string, values: readonly string[], description: string): Expectation {
  return {
    absent: false,
    ok: `${items}.all(i, i.trim() in variables.params.${name})`,
    words: `only values of the parameter ${name}`,
    gathers: true,
    parameters: {
      [name]: { type: 'array', items: { type: 'string' }, minItems: 1, description, default: values },
    },
    good: [values.join(','), values[0] ?? ''],
    bad: ['', 'OTHER', `${values.join(',')},OTHER`],
  };
}

/** A Go duration above 0 and not above a parameter, in seconds. */
export function duration(maximum: number, absent: boolean): Expectation {
  const value = `duration(${last})`;
  return {
    absent,
    ok: `${value} > duration('0s') && ${value} <= duration(string(variables.params.maximum) + 's')`,
    words: 'a duration above 0 and not above the parameter maximum',
    parameters: {
      maximum: {
        type: 'integer',
        minimum: 1,
        description: 'The longest time, in seconds.',
        default: maximum,
      },
    },
    good: [`${maximum}s`, '1m0s', '500ms'],
    bad: ['0s', `${maximum + 1}s`, '24h'],
  };
}

/** A value that is not what a parameter says. */
export function differsFrom(other: string, description: string): Expectation {
  return {
    absent: false,
    ok: `${last} != '' && ${last} != variables.params.other`,
    words: 'a value that is not the parameter other',
    parameters: { other: { type: 'string', description, default: other } },
    good: ['/etc/kubernetes/pki/own/ca.crt'],
    bad: ['', other],
  };
}

/** Flags of addresses take no host names, so `localhost` is none. */
export const loopback: Expectation = {
  absent: false,
  ok: `${last} in ['127.0.0.1', '::1']`,
  words: '127.0.0.1',
  good: ['127.0.0.1', '::1'],
  bad: ['', '0.0.0.0', '::', '10.0.0.1', 'localhost'],
};

/**
 * Cipher suites of CIS Kubernetes Benchmark 1.12, sections 1.2.29 and 4.2.12: as IANA names them, and the names without a
 * hash that Kubernetes takes for two of them.
 */
export const STRONG_CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
];
