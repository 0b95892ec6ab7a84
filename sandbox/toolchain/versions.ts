import { createReadStream } from 'node:fs';
import { access, constants, realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { fits, type ToolRow } from './catalogue';
import type { Context } from './context';
import { askPluginVersion } from './plugin';
import { run } from './run';
import type { Tool, ToolName } from './types';

/** The module whose root is the controller. */
const GATEKEEPER = 'github.com/open-policy-agent/gatekeeper/v3';

const QUESTIONS: Record<Exclude<ToolName, 'pulumi-resource-kubernetes' | 'gatekeeper'>, string[]> = {
  pulumi: ['version'],
  'kube-apiserver': ['--version'],
  'kube-controller-manager': ['--version'],
  'kube-scheduler': ['--version'],
  etcd: ['--version'],
  kwok: ['--version'],
  helm: ['version', '--short'],
  kubectl: ['version', '--client'],
  gator: ['--version'],
};

/** The tool at a fitting version on PATH, if any; every other one is passed over with a word. */
export async function findFitting(row: ToolRow, context: Context): Promise<Tool | undefined> {
  const { from, below } = row.accepts;
  for (const path of await findOnPath(row.name, context.env)) {
    const version = await askVersion(row.name, path, context.env, context.timeouts.version);
    if (version && fits(version, row.accepts)) return { name: row.name, version, path, origin: 'path' };
    const found = version ? `has version ${version}` : 'does not tell its version';
    context.tell(
      row.name,
      'fallback',
      `${path} ${found}, wanted at least ${from} and below ${below}: passed over`,
    );
  }
  return undefined;
}

/**
 * Asks a binary for its version, such as "1.36.3" or "1.32.4-gke.1"; undefined when it does not tell within
 * `timeout` milliseconds.
 */
export async function askVersion(
  name: ToolName,
  path: string,
  env: NodeJS.ProcessEnv,
  timeout: number,
): Promise<string | undefined> {
  const quiet = { ...env, PULUMI_SKIP_UPDATE_CHECK: 'true' };
  if (name === 'pulumi-resource-kubernetes') return findVersion(await askPluginVersion(path, quiet, timeout));
  // It has no flag for it, and started, it works.
  if (name === 'gatekeeper') return findBuiltVersion(path, GATEKEEPER);
  const answer = await run(path, QUESTIONS[name], { env: quiet, timeout });
  return answer.ok ? findVersion(answer.stdout) : undefined;
}

/** What Go wrote into a binary of which version of a module it is; undefined where that is not this module. */
async function findBuiltVersion(path: string, module: string): Promise<string | undefined> {
  const mark = `mod\t${module}\tv`;
  let before = '';
  for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: 2 ** 20 })) {
    const text = before + String(chunk);
    const at = text.indexOf(mark);
    before = text.slice(at < 0 ? -mark.length - 100 : at);
    if (at >= 0 && before.includes('\n')) return findVersion(before);
  }
  return undefined;
}

/** The first version in a text, without a leading v. */
export function findVersion(text = ''): string | undefined {
  return /\d+\.\d+\.\d+(?:[-+][\w.+-]+)?/.exec(text)?.[0];
}

/** Every executable of that name on PATH, in order, one a file. */
export async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const found = new Map<string, string>();
  for (const folder of (env.PATH ?? '').split(delimiter).filter(isAbsolute)) {
    const path = join(folder, name);
    const real = await realpath(path).catch(() => undefined);
    if (!real || found.has(real) || !(await isExecutable(real))) continue;
    found.set(real, path);
  }
  return [...found.values()];
}

/** Whether the path is a file that may be run. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
