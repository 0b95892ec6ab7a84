import { existsSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import * as automation from '@pulumi/pulumi/automation';
import type { Deployment, PulumiFn } from '@pulumi/pulumi/automation';
import type { StackPaths } from '../paths';
import { planePaths } from '../plane/config';
import { LAZY_GARBAGE_COLLECTION } from '../plane/processes';
import { cacheFolder, placePlugin, type Tool, type ToolName } from '../toolchain/obtain';
import { analyzerEnvironment } from '../policy/analyzer';
import type { PrestartedPack } from '../policy/prestart';
import { installPlugins } from './plugins';
import { generateSecrets, layOutProject } from './project';

export const PROJECT = 'platform';

export interface Workspace {
  stack: automation.Stack;
  /** Configuration paths of the secrets that had no value and got a generated one just now. */
  generatedSecrets: string[];
  /** Resource plug-ins that are the sandbox's own. */
  standInPlugins: string[];
}

/** Opens (or creates) a stack on its own backend, against its plane, which may still be starting. */
export async function openWorkspace(
  stackName: string,
  paths: StackPaths,
  tools: Map<ToolName, Tool>,
  program: PulumiFn,
  pack: PrestartedPack | undefined,
): Promise<Workspace> {
  const missing = layOutProject(stackName, paths);
  sweepBackend(paths);
  const env = environment(paths, tools);
  Object.assign(process.env, env);
  pack?.start(stackName);
  const kubernetes = tools.get('pulumi-resource-kubernetes');
  if (kubernetes) placePlugin(kubernetes, paths.home);
  const [standInPlugins, pulumiCommand] = await settled([
    installPlugins({
      home: paths.home,
      cache: cacheFolder(process.env),
      pulumi: tools.get('pulumi')?.path ?? 'pulumi',
    }),
    // The toolchain has one version, or has checked the one on PATH.
    automation.PulumiCommand.get({ skipVersionCheck: true }),
    generateSecrets(stackName, paths, missing),
  ]);
  const workspace = await automation.LocalWorkspace.create({
    program,
    workDir: paths.project,
    pulumiHome: paths.home,
    envVars: env,
    pulumiCommand,
  });
  const isKept = existsSync(checkpointOf(paths, stackName));
  // Every command names the stack: to select one starts a process only to note it for commands that don't.
  if (isKept) workspace.selectStack = () => Promise.resolve();
  const stack = await automation.Stack.createOrSelect(stackName, workspace);
  // The Automation API asks for these after each operation, a second in all. The state says as much, and is read anyway.
  stack.outputs = () => Promise.resolve({});
  stack.info = () => Promise.resolve(undefined);
  await releaseStaleLock(stack, paths);
  return { stack, generatedSecrets: missing.map(({ path }) => path), standInPlugins };
}

/** All results, or the first error once nothing is under way any more. */
export async function settled<T extends readonly unknown[]>(work: {
  [Key in keyof T]: Promise<T[Key]>;
}): Promise<T> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/**
 * A stack's state, as `pulumi stack export` gives it but for secrets, which stay encrypted: that starts a process, half a
 * second for each time, to read a file. What is not read that way, the engine reads, or says what is wrong with it.
 */
export async function readState(paths: StackPaths, stack: automation.Stack): Promise<Deployment> {
  // A stack that has nothing yet has no such file.
  const kept = await readCheckpoint(paths, stack.name).catch(() => undefined);
  return kept ?? stack.exportStack();
}

/**
 * The state in the file that the engine keeps; undefined where it holds none.
 * @throws Error when there is no such file, or no sense in it
 */
export async function readCheckpoint(paths: StackPaths, stack: string): Promise<Deployment | undefined> {
  const text = await readFile(checkpointOf(paths, stack), 'utf8');
  const { checkpoint, version } = JSON.parse(text) as Checkpoint;
  return checkpoint.latest && { version, deployment: checkpoint.latest };
}

function checkpointOf({ backend }: StackPaths, stack: string): string {
  return join(backend, '.pulumi', 'stacks', PROJECT, `${stack}.json`);
}

/** How the engine keeps a state in a file. */
interface Checkpoint {
  version: number;
  checkpoint: { latest?: object };
}

/**
 * Removes what a killed engine was writing: temporary files, and the attributes that it once kept beside each file,
 * which hide a state where a kill cut them short.
 */
function sweepBackend({ backend }: StackPaths): void {
  for (const name of readdirSync(backend, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.tmp') || name.endsWith('.attrs')) rmSync(join(backend, name));
  }
}

/** The engine's lock of a killed run. Nobody else can hold it: commands on a stack are serialised by one of ours. */
async function releaseStaleLock(stack: automation.Stack, paths: StackPaths): Promise<void> {
  const folder = join(paths.backend, '.pulumi', 'locks', 'organization', PROJECT, stack.name);
  if (existsSync(folder) && readdirSync(folder).length > 0) await stack.cancel();
}

function environment(paths: StackPaths, tools: Map<ToolName, Tool>): Record<string, string> {
  const folders = (['pulumi', 'kubectl', 'helm'] as const).flatMap((name) => {
    const tool = tools.get(name);
    return tool ? [dirname(tool.path)] : [];
  });
  return {
    // The engine and the providers are Go programs too.
    ...LAZY_GARBAGE_COLLECTION,
    ...analyzerEnvironment(
      join(paths.folder, 'bin'),
      [...new Set([...folders, ...(process.env.PATH ?? '').split(delimiter)])].join(delimiter),
    ),
    KUBECONFIG: planePaths(paths.plane).kubeconfig,
    // What kubectl and Helm keep of an API server's kinds would stay in the user's home for each plane that there ever was.
    KUBECACHEDIR: join(paths.folder, 'kinds'),
    // For the policy pack, which renders releases as the provider does.
    POLICY_PROJECT: paths.project,
    POLICY_CACHE: paths.renders,
    POLICY_CACHE_KEY: paths.passphrase,
    POLICY_JUDGED: paths.judged,
    POLICY_PRESTARTED: paths.prestarted,
    POLICY_HELM: tools.get('helm')?.path ?? 'helm',
    POLICY_KUBERNETES_VERSION: tools.get('kube-apiserver')?.version ?? '',
    // Providers write kubeconfigs into temporary files: theirs to lose, the owner's to read.
    TMPDIR: paths.temporary,
    PULUMI_HOME: paths.home,
    // Without files of attributes: the engine writes those in place, and one that a kill cut short hides the state.
    PULUMI_BACKEND_URL: `file://${paths.backend}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  };
}
