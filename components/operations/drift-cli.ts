/**
 * `npm run drift -- [--repair] [NAMESPACE/RELEASE...]`: what differs inside the Helm releases of the cluster that kubectl
 * speaks to, all of them or those named. With `--repair` it is set back; releases must then be named, since a cluster may
 * have others than the platform's. Exits with 0 where nothing differs (any more), 1 where something does, 2 on bad input.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { KubeClient } from './cluster';
import { deployedNames, describeDrift, findDrift, repairDrift } from './drift';

const USAGE = 'use: npm run drift -- [--repair] [NAMESPACE/RELEASE...]';

class UsageError extends Error {}

/** The releases to look at (none: all), and whether to set them back. @throws UsageError */
export function parseDriftArguments(args: string[]): { releases: string[]; repair: boolean } {
  const { positionals, values } = parsed(args);
  const wrong = positionals.find((each) => !/^[^/]+\/[^/]+$/.test(each));
  if (wrong !== undefined)
    throw new UsageError(
      `"${wrong}" is no release, expected NAMESPACE/RELEASE, such as argocd/argocd; ${USAGE}`,
    );
  if (values.repair && positionals.length === 0)
    throw new UsageError(`--repair without a release: name those to set back; ${USAGE}`);
  return { releases: positionals, repair: values.repair ?? false };
}

function parsed(args: string[]): { positionals: string[]; values: { repair?: boolean } } {
  try {
    return parseArgs({ args, options: { repair: { type: 'boolean' } }, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; ${USAGE}`);
  }
}

/**
 * Runs something that speaks to a cluster through `kubectl proxy`, which has whatever credentials kubectl has. It listens
 * on a socket that only this user can open.
 */
export async function throughKubectl<T>(
  run: (client: KubeClient) => Promise<T>,
  binary = 'kubectl',
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
  const socketPath = join(folder, 'socket');
  const proxy = spawn(binary, ['proxy', `--unix-socket=${socketPath}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    await new Promise<void>((resolve, reject) => {
      let said = '';
      proxy.stderr.on('data', (data: Buffer) => (said += data.toString()));
      proxy.on('error', () => reject(new Error(`${binary} could not be started: it must be on PATH`)));
      proxy.on('exit', () => reject(new Error(said.trim() || `${binary} proxy ended`)));
      proxy.stdout.once('data', () => resolve());
    });
    return await run({ send: (...sent) => send(socketPath, ...sent) });
  } finally {
    proxy.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function send(
  socketPath: string,
  ...[method, path, body, { contentType = 'application/json' } = {}]: Parameters<KubeClient['send']>
): ReturnType<KubeClient['send']> {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json', ...(body ? { 'content-type': contentType } : {}) };
    const outgoing = request({ socketPath, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body ? JSON.stringify(body) : undefined);
  });
}

async function main(args: string[]): Promise<number> {
  const { releases, repair } = parseDriftArguments(args);
  const isWanted = (release: string): boolean => releases.length === 0 || releases.includes(release);
  return throughKubectl(async (client) => {
    const deployed = await deployedNames(client);
    const unknown = releases.find((release) => !deployed.includes(release));
    if (unknown !== undefined)
      throw new UsageError(`release ${unknown} is not deployed; there are ${deployed.join(', ') || 'none'}`);
    const found = repair ? [] : await findDrift(client, { release: isWanted });
    const { problems, repaired } = repair
      ? await repairDrift(client, { release: isWanted })
      : { problems: [], repaired: [] };
    for (const drift of found) console.log(describeDrift(drift));
    for (const drift of repaired) console.log(`${describeDrift(drift)}: set back`);
    for (const problem of problems) console.error(problem);
    if (found.length + repaired.length + problems.length === 0) console.log('no drift');
    return found.length + problems.length > 0 ? 1 : 0;
  });
}

if (require.main === module) {
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(`drift: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 2;
    },
  );
}
