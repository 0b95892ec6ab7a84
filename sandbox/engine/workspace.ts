import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import * as automation from '@pulumi/pulumi/automation';
import type { PulumiFn } from '@pulumi/pulumi/automation';
import { ROOT, type StackPaths } from '../paths';
import { linkPlugin } from '../toolchain/plugin';
import type { Tool, ToolName } from '../toolchain/obtain';
import { generateSecret, layOutProject } from './project';

export const PROJECT = 'platform';
/** Plug-ins that the sandbox has a provider of its own for. */
const STAND_INS = { random: '4.18.4', command: '1.2.1' } as const;

export interface Workspace {
  stack: automation.Stack;
  /** Configuration paths of the secrets that were generated for this stack, now or earlier. */
  generatedSecrets: string[];
  /** Resource plug-ins that are the sandbox's own. */
  standInPlugins: string[];
}

/** Opens (or creates) a stack on its own backend, against the plane whose kubeconfig is given. */
export async function openWorkspace(
  stackName: string,
  paths: StackPaths,
  tools: Map<ToolName, Tool>,
  kubeconfig: string,
  program: PulumiFn,
): Promise<Workspace> {
  const missing = layOutProject(stackName, paths);
  const env = environment(paths, tools, kubeconfig);
  Object.assign(process.env, env);
  const standInPlugins = await installPlugins(paths, tools);
  const pulumiCommand = await automation.PulumiCommand.get({ skipVersionCheck: false });
  const stack = await automation.LocalWorkspace.createOrSelectStack(
    { stackName, projectName: PROJECT, program },
    { workDir: paths.project, pulumiHome: paths.home, envVars: env, pulumiCommand },
  );
  await releaseStaleLock(stack, paths);
  for (const secret of missing) {
    await stack.setConfig(secret.path, { value: generateSecret(secret), secret: true }, true);
  }
  return { stack, generatedSecrets: missing.map(({ path }) => path), standInPlugins };
}

/** The engine's lock of a killed run. Nobody else can hold it: commands on a stack are serialised by one of ours. */
async function releaseStaleLock(stack: automation.Stack, paths: StackPaths): Promise<void> {
  const folder = join(paths.backend, '.pulumi', 'locks', 'organization', PROJECT, stack.name);
  if (existsSync(folder) && readdirSync(folder).length > 0) await stack.cancel();
}

function environment(
  paths: StackPaths,
  tools: Map<ToolName, Tool>,
  kubeconfig: string,
): Record<string, string> {
  const folders = (['pulumi', 'kubectl', 'helm'] as const).flatMap((name) => {
    const tool = tools.get(name);
    return tool ? [dirname(tool.path)] : [];
  });
  return {
    PATH: [...new Set([...folders, ...(process.env.PATH ?? '').split(delimiter)])].join(delimiter),
    KUBECONFIG: kubeconfig,
    PULUMI_HOME: paths.home,
    PULUMI_BACKEND_URL: `file://${paths.backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  };
}

/** Puts every resource plug-in where the engine looks; returns the names of those that are the sandbox's own. */
async function installPlugins(paths: StackPaths, tools: Map<ToolName, Tool>): Promise<string[]> {
  const kubernetes = tools.get('pulumi-resource-kubernetes');
  if (kubernetes) await linkPlugin(kubernetes, paths.home);
  return Object.entries(STAND_INS).flatMap(([name, version]) => {
    const folder = join(paths.home, 'plugins', `resource-${name}-v${version}`);
    const binary = join(folder, `pulumi-resource-${name}`);
    if (!existsSync(binary)) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(binary, providerScript(name), { mode: 0o755 });
      chmodSync(binary, 0o755);
    }
    return [name];
  });
}

function providerScript(name: string): string {
  const loader = require.resolve('tsx/cjs');
  const source = join(ROOT, 'sandbox', 'providers', `${name}.ts`);
  return `#!/bin/sh\nexec '${process.execPath}' --require '${loader}' '${source}' "$@"\n`;
}
