import type { z } from 'zod';
import * as literals from '../../stacks/literals';
import { overlap } from '../../stacks/networks';

const { toGoDuration, toNumber, toPercent, toSeconds } = literals;

type Name = keyof typeof cases;

const cases = {
  duration: {
    good: ['90s', '5m', '12h', '30d', '2w'],
    bad: ['30', '0d', '1.5h', '1h30m', '30 d', '-1d', '', 'd', '9999999d', '30D', '٣d'],
  },
  cores: {
    good: ['500m', '2', '0.5', '1.25', '64'],
    bad: ['0', '0.0', '0m', '500Mi', '10Gi', '1.5m', '-1', '1 '],
  },
  bytes: {
    good: ['64Mi', '10Gi', '1Ti', '1.5Gi', '500M'],
    bad: ['0Gi', '10', '500m', '10gi', '10GB', 'Gi', '1e9'],
  },
  cidr: {
    good: ['10.244.0.0/16', '0.0.0.0/0', '192.168.1.1/32', 'fd00::/8', '::/0', '2001:db8:1::/48'],
    bad: [
      '10.244.0.1/16',
      '10.244.0.0',
      '10.244.0.0/33',
      '256.0.0.0/8',
      'fd00::1/64',
      '/8',
      '10.0.0.0/-1',
      'fd00::/129',
      '::ffff:10.0.0.0/104',
    ],
  },
  hostname: {
    good: ['platform.example.com', 'platform.localhost', 'a.b'],
    bad: [
      'example',
      'Example.com',
      '-a.com',
      'a-.com',
      'a..com',
      'a.com.',
      'exa_mple.com',
      'bücher.example',
      `${'a'.repeat(64)}.com`,
    ],
  },
  dnsLabel: {
    good: ['app', 'a', 'payments-api', '0'],
    bad: ['', '-a', 'a-', 'A', 'a.b', 'a'.repeat(64), '__proto__'],
  },
  cron: {
    good: ['0 2 * * *', '*/5 * * * *', '0 0-6/2 1,15 * 1-5', '@daily'],
    bad: [
      '0 2 * *',
      '60 2 * * *',
      '0 24 * * *',
      '0 0 0 * *',
      '0 0 * 13 *',
      '0 0 * * 7',
      '5-1 * * * *',
      '@never',
      '* * * * * *',
      ', * * * *',
    ],
  },
  percent: {
    good: ['0%', '1%', '99.9%', '100%', '0.125%'],
    bad: ['101%', '1', '%', '100.5%', '01%', '-1%', '1 %'],
  },
  kubernetesMinor: {
    good: ['1.30', '1.36', '1.99'],
    bad: ['1.29', '1.3', '2.0', 'v1.36', '1.36.3', '1.100'],
  },
  httpsUrl: {
    good: ['https://id.example.com', 'https://a/b?c'],
    bad: ['http://a', 'https://', 'https:// a', 'id.example.com'],
  },
  url: { good: ['http://127.0.0.1:9000', 'https://a'], bad: ['ftp://a', 'https://a b', 'https://[', ''] },
  email: { good: ['ops@example.com', 'a+b@c'], bad: ['ops', '@a', 'a@', 'a b@c', 'a@b@c'] },
  hostPort: { good: ['smtp.example.com:587'], bad: ['smtp.example.com', 'a:0', 'a:65536', ':25'] },
  line: {
    good: ['a', 'platform engineers', 'é'],
    bad: ['', ' a', 'a ', 'a\nb', 'a\u0000b', 'a'.repeat(1001)],
  },
};

const tables = (Object.keys(cases) as Name[]).flatMap((name) => [
  ...cases[name].good.map((text) => [name, text, true] as const),
  ...cases[name].bad.map((text) => [name, text, false] as const),
]);

test.each(tables)('%s: %j is taken: %p', (name, text, fine) => {
  expect(literals[name].safeParse(text).success).toBe(fine);
});

test.each((Object.keys(cases) as Name[]).map((name) => [name, literals[name]] as [string, z.ZodString]))(
  'a rejected %s says what was found and what is expected, once',
  (_, type) => {
    const [issue, ...more] = type.safeParse('\u0000').error?.issues ?? [];
    expect(more).toEqual([]);
    expect(issue?.message).toMatch(/^"\\u0000" is not an? .+/);
    expect(type.safeParse(7).error?.issues[0]?.message).toMatch(/^7 is not an? .+/);
  },
);

test('the examples in messages are good ones', () => {
  for (const name of Object.keys(cases) as Name[]) {
    const examples = (literals[name].meta()?.examples ?? []) as string[];
    for (const example of examples) expect(literals[name].safeParse(example).success).toBe(true);
  }
});

test('durations become seconds, and the form that Go reads', () => {
  expect(['90s', '5m', '12h', '30d', '2w'].map(toSeconds)).toEqual([90, 300, 43_200, 2_592_000, 1_209_600]);
  expect(['90s', '30d'].map(toGoDuration)).toEqual(['0h1m30s', '720h0m0s']);
});

test('quantities and percentages become numbers', () => {
  expect(['500m', '2', '1Ki', '1.5Gi', '1k'].map(toNumber)).toEqual([0.5, 2, 1024, 1.5 * 1024 ** 3, 1000]);
  expect(toPercent('99.9%')).toBe(99.9);
});

test.each([
  ['10.96.0.0/12', '10.100.0.0/16', true],
  ['10.100.0.0/16', '10.96.0.0/12', true],
  ['10.244.0.0/16', '10.96.0.0/12', false],
  ['fd00::/8', 'fd12::/16', true],
  ['10.0.0.0/8', 'fd00::/8', false],
  ['0.0.0.0/0', '10.0.0.0/8', true],
])('%s and %s share an address: %p', (one, other, shared) => {
  expect(overlap(one, other)).toBe(shared);
});
