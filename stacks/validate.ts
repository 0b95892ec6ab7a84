import { RunError } from '@pulumi/pulumi';
import type { z } from 'zod';
import { derive } from './derive';
import { isGroup, type Path, pathText, setCommand } from './paths';
import { missing, nearest, shown } from './problems';
import { violations } from './rules';
import { type Filled, type PlainSettings, schema } from './schema';
import { heldSecrets, missingSecrets } from './secrets';

/** From a stack's raw configuration to checked settings: defaults, input, rules, derived. Pure. */

/** Settings that cannot be used; the message lists every problem. Pulumi prints it without a stack trace. */
export class SettingsError extends RunError {
  /** One line each: `prod: platform:backup.schedules[0].ttl "7x" is not a duration such as "30d"`. */
  readonly problems: readonly string[];

  constructor(stack: string, problems: readonly string[]) {
    super(
      `the settings of stack ${stack} are refused, and nothing was touched:\n` +
        problems.map((problem) => `  ${problem}`).join('\n'),
    );
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

interface Problem {
  path: Path;
  text: string;
}

/** How the configuration came: which of its keys are encrypted, in full ("platform:backup"). */
export interface Source {
  secretKeys: readonly string[];
  /** Those keys in which a rejected text may be a secret, and is not shown. @default secretKeys */
  hiddenKeys?: readonly string[];
}

/**
 * Checks a stack's configuration and fills defaults and derived fields; secrets stay plain text.
 *
 * @param stack The stack's name, for messages and commands only.
 * @param raw Values by full key ("platform:backup"), objects as objects; keys of other namespaces are ignored.
 * @throws SettingsError with every problem found. No message holds a declared secret; where a key is hidden, a
 * rejected text of more than eight characters is not shown either, since it may be one that is misplaced.
 */
export function validate(
  stack: string,
  raw: Readonly<Record<string, unknown>>,
  { secretKeys, hiddenKeys = secretKeys }: Source,
): PlainSettings {
  const input = inputOf(raw);
  const parsed = Object.entries(schema.shape).map(([area, type]) => ({
    area,
    result: (type as z.ZodType).safeParse(input[area], { reportInput: true }),
  }));
  const filled = Object.fromEntries(
    parsed.flatMap(({ area, result }) => (result.success ? [[area, result.data]] : [])),
  ) as Partial<Filled>;
  const problems = [
    ...unknownAreas(raw),
    ...parsed.flatMap(({ area, result }) =>
      (result.error?.issues ?? []).flatMap((issue) =>
        describe(issue, [area], hiddenKeys.includes(`platform:${area}`)),
      ),
    ),
    ...violations(filled),
  ].map((problem) => problemLine(stack, problem));
  const secret = secretProblems(stack, raw, input, secretKeys);
  // A list or number out of every bound fails several of a type's checks, which all say the same.
  const all = [...new Set([...problems, ...secret])];
  if (all.length > 0) throw new SettingsError(stack, all);
  // Without a problem every area has been parsed.
  return derive(filled as Filled);
}

/** The areas that the schema knows; one that the stack does not mention is an empty group. */
function inputOf(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const areas = Object.keys(schema.shape).map((area) => [area, raw[`platform:${area}`]] as const);
  return Object.fromEntries(
    areas.map(([area, value]) => {
      // Pulumi.yaml, where each area is described, has to give each a default, and this is the only text among them.
      if (area === 'domain') return [area, value === '' ? undefined : value];
      return [area, value ?? {}];
    }),
  );
}

function unknownAreas(raw: Readonly<Record<string, unknown>>): Problem[] {
  const known = Object.keys(schema.shape);
  return Object.keys(raw)
    .filter((key) => key.startsWith('platform:'))
    .map((key) => key.slice('platform:'.length))
    .filter((area) => !known.includes(area))
    .map((area) => ({ path: [area], text: `is not known${nearest(area, known)}` }));
}

/** The problems that one zod issue stands for, at their full paths. */
function describe(issue: z.core.$ZodIssue, above: Path, hide: boolean): Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_key') return [{ path, text: issue.issues[0]?.message ?? issue.message }];
  const option = issue.code === 'invalid_union' && isGroup(issue.input) ? issue.errors.at(-1) : undefined;
  if (option && option.length > 0) return option.flatMap((nested) => describe(nested, path, hide));
  const found = shown(issue.input);
  const secret = hide && typeof issue.input === 'string' && issue.input.length > 8;
  return [
    { path, text: secret ? issue.message.replace(found, () => 'the value (not shown)') : issue.message },
  ];
}

function problemLine(stack: string, { path, text }: Problem): string {
  const cure = text === missing ? `; set it: ${setCommand(stack, path, false)}` : '';
  return `${stack}: platform:${pathText(path)} ${text}${cure}`;
}

function secretProblems(
  stack: string,
  raw: Readonly<Record<string, unknown>>,
  input: Readonly<Record<string, unknown>>,
  secretKeys: readonly string[],
): string[] {
  const plain = heldSecrets(input).filter(([area]) => !secretKeys.includes(`platform:${String(area)}`));
  return [
    ...missingSecrets(stack, raw).map(
      ({ path, purpose, command }) => `${stack}: ${path} is missing (${purpose}); set it: ${command}`,
    ),
    ...plain.map(
      (path) =>
        `${stack}: platform:${pathText(path)} is in plain text; encrypt it: ${setCommand(stack, path, true)}`,
    ),
  ];
}
