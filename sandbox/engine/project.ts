import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { isGroup } from '../../stacks/paths';
import { nearest, shown } from '../../stacks/problems';
import { missingSecrets, type MissingSecret } from '../../stacks/secrets';
import { writePrivate } from '../files';
import { ROOT, type StackPaths } from '../paths';
import { SandboxError } from './errors';
import { PassphraseCipher } from './passphrase';

interface StackFile {
  encryptionsalt?: string;
  config?: Record<string, unknown>;
}

/** What the program, run from the work copy, must find beside the Pulumi files. */
const LINKS = ['index.ts', 'components', 'stacks', 'node_modules', 'package.json', 'tsconfig.json'];

/** Before a run sets TMPDIR for what it starts, and so for itself. */
const TEMPORARY = tmpdir();

/** What encrypts a stack's secrets; made once. */
export function ensurePassphrase({ passphrase }: StackPaths): void {
  if (!existsSync(passphrase)) writePrivate(passphrase, randomBytes(32).toString('hex'));
}

/** Empty but for a way to what tsx has translated, where it does (policy/typescript.js): pack and plug-ins need the same. */
function emptyTemporary({ temporary }: StackPaths): void {
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  const translated = `tsx-${process.geteuid?.() ?? userInfo().username}`;
  if (!Reflect.get(process.features, 'require_module') && existsSync(join(TEMPORARY, translated)))
    symlinkSync(join(TEMPORARY, translated), join(temporary, translated));
}

/**
 * The engine writes a debug log of every run, compressed and encrypted: a third of its time, and 20 MB for each `up`.
 * Where its folder should be is a file, and it goes without.
 */
function withoutEngineLog({ home }: StackPaths): void {
  const logs = join(home, 'logs');
  if (existsSync(logs)) return;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writePrivate(
    logs,
    'Instead of a folder: so the engine writes no debug log here. To have one, make it a folder.\n',
  );
}

/**
 * Lays out the work copy of the Pulumi project of a stack. The stack's settings come from the checkout each time;
 * the encryption salt and the secrets generated earlier stay. Secrets encrypted for another backend can't be read
 * here and count as missing.
 *
 * @returns the required secrets that have no value yet.
 */
export function layOutProject(stack: string, paths: StackPaths): MissingSecret[] {
  mkdirSync(paths.charts, { recursive: true, mode: 0o700 });
  emptyTemporary(paths);
  withoutEngineLog(paths);
  mkdirSync(paths.backend, { recursive: true, mode: 0o700 });
  ensurePassphrase(paths);
  for (const link of LINKS) {
    const target = join(paths.project, link);
    rmSync(target, { force: true });
    symlinkSync(join(ROOT, link), target);
  }
  writePrivate(join(paths.project, 'Pulumi.yaml'), readFileSync(join(ROOT, 'Pulumi.yaml'), 'utf8'));

  const copy = join(paths.project, stackFileName(stack));
  const previous = existsSync(copy) ? (parse(readFileSync(copy, 'utf8')) as StackFile) : {};
  const config = withoutSecure(readStackFile(stack).config ?? {}) as Record<string, unknown>;
  const missing = missingSecrets(stack, config).filter(({ path }) => {
    const kept = readKept(previous.config, config, path);
    if (kept === undefined) return true;
    writePath(config, path, kept);
    return false;
  });
  const salt = previous.encryptionsalt ? { encryptionsalt: previous.encryptionsalt } : {};
  writePrivate(copy, stringify({ ...salt, config }, { lineWidth: 0 }));
  return missing;
}

export function stackFileName(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

/** What Pulumi knows in a stack file. */
const FILE_KEYS = ['config', 'encryptionsalt', 'encryptedkey', 'secretsprovider', 'environment'];

/**
 * The stack file of the checkout.
 *
 * @throws SandboxError when it can't be read, or is no YAML of that shape.
 */
export function readStackFile(stack: string, root = ROOT): StackFile {
  const file = stackFileName(stack);
  const content = readYaml(file, root) ?? {};
  if (!isGroup(content)) throw wrongShape(`${file} holds ${kindOf(content)}, expected a map with "config"`);
  const config = content.config ?? {};
  if (!isGroup(config))
    throw wrongShape(`config in ${file} is ${kindOf(config)}, expected a map of settings`);
  const unknown = Object.keys(content).find((key) => !FILE_KEYS.includes(key));
  if (unknown !== undefined) {
    throw wrongShape(`${file} has no key ${shown(unknown)}${nearest(unknown, FILE_KEYS)}`);
  }
  const bare = Object.keys(config).find((key) => !/^[^:]+:[^:]+$/.test(key));
  if (bare !== undefined) {
    throw wrongShape(`${shown(bare)} in ${file} is no setting, expected a key such as "platform:mesh"`);
  }
  return { ...content, config };
}

/** Without the value, which may be a secret. */
function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function wrongShape(message: string): SandboxError {
  return new SandboxError(
    message,
    'correct it; docs/settings.md has every setting, and the other stacks are examples',
  );
}

function readYaml(file: string, root: string): unknown {
  let text: string;
  try {
    text = readFileSync(join(root, file), 'utf8');
  } catch (error) {
    throw new SandboxError(
      `${file} cannot be read: ${(error as Error).message}`,
      `make ${file} a file that you may read`,
    );
  }
  try {
    const content: unknown = parse(text, { logLevel: 'error' });
    // YAML can hold what is within itself, which nothing after this could walk through.
    JSON.stringify(content);
    return content;
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n');
    const deep = /call stack|circular/.test(reason);
    throw new SandboxError(
      `${file} is not valid YAML: ${deep ? 'it is nested too deeply, or within itself' : reason.replace(/:$/, '')}`,
      'correct what is named above; what was valid before: git diff',
    );
  }
}

/** Gives the secrets that `layOutProject` found missing a generated value each, encrypted in the work copy. */
export async function generateSecrets(
  stack: string,
  { passphrase, project }: StackPaths,
  missing: readonly MissingSecret[],
): Promise<void> {
  if (missing.length === 0) return;
  const copy = join(project, stackFileName(stack));
  const { config = {}, encryptionsalt } = parse(readFileSync(copy, 'utf8')) as StackFile;
  const cipher = await PassphraseCipher.open(passphrase, encryptionsalt);
  for (const secret of missing) writePath(config, secret.path, cipher.encrypt(generateSecret(secret)));
  writePrivate(copy, stringify({ encryptionsalt: cipher.encryptionSalt, config }, { lineWidth: 0 }));
}

/** A generated value for a required secret. It opens nothing: nothing outside the sandbox knows it. */
export function generateSecret(secret: MissingSecret): string {
  const value = randomBytes(16).toString('hex');
  return /url/i.test(secret.purpose) ? `https://sandbox.invalid/${value}` : value;
}

/** A copy without encrypted values. */
export function withoutSecure(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecure);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => !isSecure(inner));
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutSecure(inner)]));
}

function isSecure(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'secure' in value;
}

/** Steps of a configuration path such as "platform:backup.schedules[0].ttl". */
function steps(path: string): string[] {
  const colon = path.indexOf(':');
  const [area = '', ...rest] = path
    .slice(colon + 1)
    .split(/[.[\]]+/)
    .filter((step) => step !== '');
  return [`${path.slice(0, colon)}:${area}`, ...rest];
}

/**
 * The earlier value of what stands at a path today. An entry of a list is known by its name and kind, not by its
 * place: a secret stays with its receiver when others come before it.
 */
function readKept(previous: unknown, current: unknown, path: string): unknown {
  return steps(path).reduce<{ before: unknown; now: unknown }>(
    ({ before, now }, step) => {
      const entry = below(now, step);
      const same: unknown = Array.isArray(before)
        ? before.find((other) => isSameEntry(other, entry))
        : below(before, step);
      return { before: same, now: entry };
    },
    { before: previous, now: current },
  ).before;
}

function isSameEntry(one: unknown, other: unknown): boolean {
  return ['name', 'kind'].every((key) => below(one, key) === below(other, key));
}

function below(value: unknown, step: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined;
}

export function writePath(root: Record<string, unknown>, path: string, value: unknown): void {
  const all = steps(path);
  const last = all.pop() ?? '';
  let parent = root;
  for (const step of all) {
    parent[step] ??= {};
    parent = parent[step] as Record<string, unknown>;
  }
  parent[last] = value;
}
