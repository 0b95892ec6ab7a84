import { parseArgs } from 'node:util';
import { nearest, quoted } from '../../stacks/problems';
import { BadInput, problem, type Problem } from './problems';
import { PROFILES, type Profile } from './profiles';

export const FORMATS = ['text', 'json', 'sarif', 'junit'] as const;
export type Format = (typeof FORMATS)[number];

/** What a run of the command line is asked to do. */
export interface Arguments {
  help: boolean;
  format: Format;
  profile?: Profile;
  /** Ids of controls, as they were given. */
  controls: readonly string[];
  config?: string;
  /** The folder that mended manifests go to. */
  fix?: string;
  /** Files, folders, and `-` for standard input. */
  paths: readonly string[];
}

const OPTIONS = {
  profile: { type: 'string', multiple: true },
  controls: { type: 'string', multiple: true },
  format: { type: 'string', multiple: true },
  config: { type: 'string', multiple: true },
  fix: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const;
const NAMES = Object.keys(OPTIONS);
const HELP = 'See `npm run --silent policy -- --help`';

/** What was given, before it is made sense of. */
interface Raw {
  options: ReadonlyMap<string, readonly string[]>;
  paths: string[];
  problems: Problem[];
}

/**
 * Reads the arguments after the command's own.
 * @throws BadInput with every fault in them
 */
export function readArguments(args: readonly string[]): Arguments {
  const raw = readRaw(args);
  const { options, paths, problems } = raw;
  const help = options.has('help');
  const profile = choice('profile', raw, PROFILES);
  const format = choice('format', raw, FORMATS) ?? 'text';
  const controls = (options.get('controls') ?? []).flatMap((list) => list.split(','));
  if (paths.length === 0 && !help && problems.length === 0) {
    problems.push(problem('no path', 'files, folders, or - for standard input', HELP));
  }
  if (problems.length > 0) throw new BadInput(problems);
  const [config, fix] = [options.get('config')?.[0], options.get('fix')?.[0]];
  return {
    help,
    format,
    controls: controls.map((id) => id.trim()).filter((id) => id !== ''),
    paths,
    ...(profile && { profile }),
    ...(config !== undefined && { config }),
    ...(fix !== undefined && { fix }),
  };
}

/** The format that is asked for, though other arguments are wrong: whoever reads JSON reads the fault as JSON. */
export function formatAskedFor(args: readonly string[]): Format {
  const value = readRaw(args).options.get('format')?.[0];
  return FORMATS.find((each) => each === value) ?? 'text';
}

function readRaw(args: readonly string[]): Raw {
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options = new Map<string, string[]>();
  const raw: Raw = { options, paths: [], problems: [] };
  for (const token of tokens) {
    if (token.kind === 'positional') raw.paths.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const fault = optionFault(name, rawName, value);
    if (fault) raw.problems.push(fault);
    else options.set(name, [...(options.get(name) ?? []), value ?? '']);
  }
  for (const [name, { length }] of options) {
    if (length > 1 && name !== 'controls' && name !== 'help')
      raw.problems.push(problem(`--${name} ${length} times`, 'it once', HELP));
  }
  return raw;
}

function optionFault(name: string, raw: string, value: string | undefined): Problem | undefined {
  if (!NAMES.includes(name)) {
    const known = nearest(
      raw,
      NAMES.map((each) => `--${each}`),
    );
    return problem(`the option ${quoted(raw)}`, `one that there is${known}`, HELP);
  }
  if (name === 'help') return undefined;
  if (value === undefined || value === '') return problem(`${raw} without a value`, `${raw} VALUE`, HELP);
  // parseArgs takes the next option for the value.
  if (value.startsWith('--')) return problem(`${raw} without a value before ${value}`, `${raw} VALUE`, HELP);
  return undefined;
}

function choice<T extends string>(
  name: string,
  { options, problems }: Raw,
  known: readonly T[],
): T | undefined {
  const value = options.get(name)?.[0];
  const found = known.find((each) => each === value);
  if (value !== undefined && !found) {
    problems.push(problem(`--${name} ${quoted(value)}`, `one of ${known.join(', ')}`, HELP));
  }
  return found;
}

export const USAGE = `Judges Kubernetes manifests by the controls of policy/controls, without a cluster.

  npm run --silent policy -- [options] PATH…

  PATH                 a file, a folder (its .yaml, .yml and .json files, hidden ones left out), or - for standard input
  --profile NAME       pss-baseline, pss-restricted, cis: the controls on single objects that these ask for;
                       all: every control, those on a whole stack included, for manifests that are one.
                       Without it, and without --controls: every control on single objects
  --controls ID,…      these controls, beside those of the profile
  --config FILE        levels and parameters, as for Pulumi's --policy-pack-config:
                       {"all": "advisory", "allowed-registries": {"registries": ["quay.io"]}, "pull-always": "disabled"}
  --format NAME        text (default), json, sarif, junit
  --fix FOLDER         write what is given to this folder, mended where controls have a cure, and judge that

Exit code: 0 clean, 1 a mandatory control is violated, 2 something given can't be used.
`;
