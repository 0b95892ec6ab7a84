import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cacheError, install, withWorkFolder } from './cache';
import { compareVersions, linkerFlags, sourceOf, type ToolRow } from './catalogue';
import type { Context } from './context';
import { run } from './run';
import { ToolchainError, Unavailable, type Tool } from './types';
import { findOnPath } from './versions';

/** A Go that can build the parts. */
export interface Go {
  path: string;
  /** Such as "go1.26.8". */
  version: string;
  /** The environment that it builds in. */
  env: NodeJS.ProcessEnv;
}

const TELL_EVERY = 10_000;
// Of the user's GOFLAGS, what changes neither the sources nor their checks (-modfile, -overlay, -toolexec could).
const HARMLESS_FLAGS = /^-(p=\d+|v|x|modcacherw)$/;

/**
 * Finds a Go that is new enough, or that fetches one that is (GOTOOLCHAIN=auto).
 * @throws Unavailable with the reason why there is none
 */
export async function findGo(context: Context): Promise<Go> {
  const [path] = await findOnPath('go', context.env);
  if (!path) throw new Unavailable('Go is not on PATH');
  // Asked in a part's folder, whose go.mod decides which Go runs.
  const asked = await run(path, ['env', 'GOVERSION', 'GOFLAGS'], {
    env: context.env,
    cwd: join(__dirname, 'kubernetes'),
    signal: context.signal,
  });
  if (!asked.ok)
    throw new Unavailable(`${path} does not run: ${lastLines(asked.stderr, 3) || asked.failure}`);
  const [version = '', flags = ''] = asked.stdout.split('\n');
  const number = /go(\d+\.\d+)/.exec(version)?.[1] ?? '0';
  if (compareVersions(number, context.goVersion) < 0) {
    throw new Unavailable(`${path} is ${version}, older than ${context.goVersion}`);
  }
  return { path, version, env: goEnvironment(flags, context) };
}

/**
 * Builds tools of one part in one go invocation and installs them. `progress` tells which part of how many it is.
 * @throws ToolchainError when the build fails
 */
export async function buildPart(
  rows: ToolRow[],
  go: Go,
  progress: string,
  context: Context,
): Promise<Tool[]> {
  const [first] = rows;
  if (!first) return [];
  return withWorkFolder(context, async (folder) => {
    const stop = tellElapsed(rows, progress, context);
    try {
      // A copy: the sources of the repository are never written to.
      const source = join(folder, 'source');
      await cp(join(__dirname, first.part), source, { recursive: true });
      if (first.embed) await addEmbedded(first, first.embed, source, go, context);
      const out = join(folder, 'out');
      await mkdir(out);
      const target = rows.length === 1 ? join(out, first.name) : `${out}/`;
      const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', linkerFlags(first)];
      const packages = rows.map((row) => row.package);
      await runGo(['build', ...flags, '-o', target, ...packages], source, first, go, context);
      return await Promise.all(rows.map((row) => installBuilt(row, join(out, row.name), context)));
    } finally {
      stop();
    }
  });
}

/** Puts files of the part's module beside its main.go, which embeds them as its publisher's does. */
async function addEmbedded(
  row: ToolRow,
  embed: { folder: string; files: string[] },
  source: string,
  go: Go,
  context: Context,
): Promise<void> {
  await runGo(['mod', 'download', row.module], source, row, go, context);
  // The download may have added to go.sum what it could not check against it: only the pinned sums count.
  await copyFile(join(__dirname, row.part, 'go.sum'), join(source, 'go.sum'));
  const folder = await runGo(
    ['list', '-mod=readonly', '-m', '-f', '{{.Dir}}', row.module],
    source,
    row,
    go,
    context,
  );
  for (const file of embed.files) await copyFile(join(folder.trim(), embed.folder, file), join(source, file));
}

async function installBuilt(row: ToolRow, binary: string, context: Context): Promise<Tool> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(binary), hash);
  try {
    return await install(
      row,
      binary,
      { origin: 'build', url: sourceOf(row), sha256: hash.digest('hex') },
      context,
    );
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    throw new ToolchainError(
      `the ${row.name} that was built is not usable: ${error.message}`,
      `Check the stamps of part ${row.part} in toolchain.lock.json against its module's version package.`,
    );
  }
}

async function runGo(args: string[], cwd: string, row: ToolRow, go: Go, context: Context): Promise<string> {
  const attempt = (): ReturnType<typeof run> =>
    run(go.path, args, { env: go.env, cwd, signal: context.signal });
  let done = await attempt();
  // Once more: a module proxy that falters, or a build cache that is trimmed under the build, is fine the next time,
  // and what was built by then is kept.
  if (!done.ok && !context.signal.aborted) done = await attempt();
  if (done.ok) return done.stdout;
  if (/no space left on device/i.test(done.stderr)) throw cacheError(lastLines(done.stderr, 1), context);
  throw new ToolchainError(
    `building ${row.part} ${row.version} failed: ${go.version} ${args[0]}: ${done.failure}\n${lastLines(done.stderr, 15)}`,
    'If Go could not fetch its modules, let it reach a module proxy (GOPROXY); otherwise put the tool at a fitting ' +
      'version on PATH.',
  );
}

function goEnvironment(userFlags: string, context: Context): NodeJS.ProcessEnv {
  const kept = userFlags.split(/\s+/).filter((flag) => HARMLESS_FLAGS.test(flag));
  return {
    ...context.env,
    CGO_ENABLED: '0',
    GOOS: context.platform.os,
    GOARCH: context.platform.arch,
    GOWORK: 'off',
    // Never empty: an empty one would let the flags of Go's own settings file in.
    GOFLAGS: ['-mod=readonly', ...kept].join(' '),
  };
}

function tellElapsed(rows: ToolRow[], progress: string, context: Context): () => void {
  const started = Date.now();
  const tell = (): void => {
    const seconds = Math.round((Date.now() - started) / 1000);
    for (const { name, part, version } of rows) {
      context.tell(name, 'building', `${progress}: ${part} ${version}, ${seconds} s so far`);
    }
  };
  tell();
  const timer = setInterval(tell, TELL_EVERY);
  return () => clearInterval(timer);
}

function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join('\n');
}
