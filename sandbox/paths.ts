import { join, resolve } from 'node:path';

/** The checkout. */
export const ROOT = resolve(__dirname, '..');

/** What has Node load TypeScript, for `--require`. */
export const TYPESCRIPT = join(ROOT, 'policy', 'typescript.js');

/** Where the state of all stacks is: PLATFORM_STATE, else `.sandbox` in the checkout (git-ignored). */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.PLATFORM_STATE ? resolve(env.PLATFORM_STATE) : join(ROOT, '.sandbox');
}

/** Folders and files of one stack in the sandbox. */
export interface StackPaths {
  folder: string;
  /** The control plane: its data, keys and kubeconfig. */
  plane: string;
  /** The work copy of the Pulumi project, so that the checkout stays clean. */
  project: string;
  /** Chart archives, in the work copy. */
  charts: string;
  /** Pulumi's state. */
  backend: string;
  /** Pulumi's own home: plug-ins and credentials. */
  home: string;
  /** Temporary files of engine and providers; emptied before each command. */
  temporary: string;
  /** The port of a policy pack that waits for the engine. */
  prestarted: string;
  /** What the policy pack keeps of its renders. */
  renders: string;
  /** What the policy pack judged in the last run. */
  judged: string;
  /** What in Helm releases was as declared after the last update. */
  declared: string;
  passphrase: string;
  lock: string;
  /** Digest of what the last plan that was passed was made of. */
  plan: string;
  /** What the last command did. */
  lastRun: string;
  /** The last report, without the ending: `.html` and `.json`. */
  report: string;
}

export function stackPaths(stack: string, env: NodeJS.ProcessEnv = process.env): StackPaths {
  const folder = join(stateFolder(env), stack);
  return {
    folder,
    plane: join(folder, 'plane'),
    project: join(folder, 'project'),
    charts: join(folder, 'project', '.charts'),
    backend: join(folder, 'backend'),
    home: join(folder, 'home'),
    temporary: join(folder, 'tmp'),
    prestarted: join(folder, 'tmp', 'policy-pack'),
    renders: join(folder, 'renders'),
    judged: join(folder, 'judged.json'),
    declared: join(folder, 'declared.json'),
    passphrase: join(folder, 'passphrase'),
    lock: join(folder, 'stack.lock'),
    plan: join(folder, 'plan'),
    lastRun: join(folder, 'last-run.json'),
    report: join(folder, 'report'),
  };
}
