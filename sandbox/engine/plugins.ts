import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, TYPESCRIPT } from '../paths';
import { writeLauncher } from '../shell';
import { Network } from '../toolchain/network';

const run = promisify(execFile);

/** Resource plug-ins beside the Kubernetes provider, at the versions of their npm packages. */
export const PLUGINS = { random: '4.18.4', command: '1.2.1' } as const;
type PluginName = keyof typeof PLUGINS;

export interface PluginOptions {
  /** PULUMI_HOME of the stack. */
  home: string;
  /** The user's cache folder: an official plug-in is installed once for all stacks. */
  cache: string;
  /** Path of the Pulumi CLI. */
  pulumi: string;
  /** Where official plug-ins come from. @default https://get.pulumi.com, and what else the CLI tries */
  server?: string;
  /** In ms: for the first answer of that server, and for a download. @default 3000 and 120000 */
  patience?: { probe: number; download: number };
}

/**
 * Puts the random and command plug-ins where the engine looks for them: the official ones where they can be had, else
 * the sandbox's own small providers. A stack keeps what it began with, since its state is theirs.
 *
 * @returns the names of those that are the sandbox's own.
 */
export async function installPlugins(options: PluginOptions): Promise<PluginName[]> {
  const names = Object.keys(PLUGINS) as PluginName[];
  const missing = names.filter((name) => !existsSync(folderOf(options.home, name)));
  const reachable =
    missing.length > 0 && (missing.every((name) => isCached(options, name)) || (await probe(options)));
  for (const name of missing) {
    if (!(isCached(options, name) || (reachable && (await download(options, name)))))
      writeStandIn(options.home, name);
    else linkOfficial(options, name);
  }
  return names.filter((name) => existsSync(join(folderOf(options.home, name), STAND_IN)));
}

/** File that tells a stand-in from an official plug-in. */
const STAND_IN = 'stand-in';

function folderOf(home: string, name: PluginName): string {
  return join(home, 'plugins', `resource-${name}-v${PLUGINS[name]}`);
}

function officialHome({ cache }: PluginOptions): string {
  return join(cache, 'pulumi');
}

function isCached(options: PluginOptions, name: PluginName): boolean {
  // The CLI writes this file while it installs, and leaves it where it failed.
  const folder = folderOf(officialHome(options), name);
  return existsSync(folder) && !existsSync(`${folder}.partial`);
}

async function probe({ server = 'https://get.pulumi.com', patience }: PluginOptions): Promise<boolean> {
  const silence = patience?.probe ?? 3000;
  return (await new Network({ connect: silence, stall: silence }).reachable(server)) === '';
}

async function download(options: PluginOptions, name: PluginName): Promise<boolean> {
  const from = options.server ? ['--server', options.server] : [];
  const args = ['plugin', 'install', 'resource', name, PLUGINS[name], '--exact', ...from];
  const env = { ...process.env, PULUMI_HOME: officialHome(options), PULUMI_SKIP_UPDATE_CHECK: 'true' };
  try {
    await run(options.pulumi, args, {
      env,
      timeout: options.patience?.download ?? 120_000,
      killSignal: 'SIGKILL',
    });
    return isCached(options, name);
  } catch {
    return false;
  }
}

function linkOfficial(options: PluginOptions, name: PluginName): void {
  mkdirSync(join(options.home, 'plugins'), { recursive: true });
  symlinkSync(folderOf(officialHome(options), name), folderOf(options.home, name));
}

function writeStandIn(home: string, name: PluginName): void {
  const folder = `${folderOf(home, name)}.${String(process.pid)}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, STAND_IN),
    'The sandbox’s own provider; the official plug-in could not be had.\n',
  );
  const source = join(ROOT, 'sandbox', 'providers', `${name}.ts`);
  writeLauncher(join(folder, `pulumi-resource-${name}`), process.execPath, '--require', TYPESCRIPT, source);
  // Whole or not at all.
  renameSync(folder, folderOf(home, name));
}
