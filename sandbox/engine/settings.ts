import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isGroup, type Path, pathText } from '../../stacks/paths';
import type { PlainSettings } from '../../stacks/schema';
import { missingSecrets, type MissingSecret } from '../../stacks/secrets';
import { SettingsError, validate } from '../../stacks/validate';
import { ROOT } from '../paths';
import { SandboxError } from './errors';
import { readStackFile, stackFileName, withoutSecure, writePath } from './project';

/** What the sandbox must know of a stack's settings before its program runs. */
export interface StackFacts {
  stack: string;
  kubernetesVersion: string;
  mirror: string | undefined;
  /** Settings that lead to a cluster, which is never the sandbox's. */
  elsewhere: string[];
  /** Helm values of the stack's own, by the path of each: what is laid over the platform's values. */
  overrides: string[];
  /** Objects that an update may delete and make anew, each as `<Kind> <name>`. */
  allowReplacements: string[];
}

/** Names of the stacks that the checkout has a file for. */
export function stackNames(root = ROOT): string[] {
  return readdirSync(root)
    .flatMap((file) => /^Pulumi\.([a-z0-9-]+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/**
 * Refuses a name that is no stack's: every path of the sandbox is made of it.
 *
 * @throws SandboxError naming the stacks there are.
 */
export function assertStack(stack: string, root = ROOT): void {
  const file = stackFileName(stack);
  if (/^[a-z0-9][a-z0-9-]*$/.test(stack) && existsSync(join(root, file))) return;
  throw new SandboxError(
    `there is no stack "${stack}": no file ${file}`,
    `use STACK=${stackNames(root).join('|')}`,
  );
}

/** A stack's settings as its program gets them, before secrets are sealed. */
export interface StackSettings {
  settings: PlainSettings;
  /** The same as configuration, by full key ("platform:backup"); without what is encrypted. */
  raw: Record<string, unknown>;
}

/**
 * Reads a stack's file as the program will, with stand-ins for the secrets that the sandbox generates.
 *
 * @param root The checkout.
 * @param fill What stands for a required secret.
 * @throws SettingsError with every problem, SandboxError when there is no such stack or its file is no stack file.
 */
export function stackSettings(
  stack: string,
  root = ROOT,
  fill: (secret: MissingSecret) => string = () => 'generated',
): StackSettings {
  assertStack(stack, root);
  const { config = {} } = readStackFile(stack, root);
  const raw = withoutSecure(config) as Record<string, unknown>;
  const hiddenKeys = Object.keys(config).filter((key) => JSON.stringify(config[key]).includes('"secure":'));
  const secretKeys = new Set<string>();
  for (const secret of missingSecrets(stack, raw)) {
    writePath(raw, secret.path, fill(secret));
    secretKeys.add(secret.path.split(/[.[]/)[0] ?? secret.path);
  }
  return { settings: validate(stack, raw, { secretKeys: [...secretKeys], hiddenKeys }), raw };
}

/** The two hundred controls are loaded only where the stack has something to say to them. */
function refuseUnknownControls(stack: string, settings: PlainSettings): void {
  const { controls, parameters } = settings.security;
  if (Object.keys({ ...controls, ...parameters }).length === 0) return;
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { settingsFaults } = require('../../policy/settings') as typeof import('../../policy/settings');
  const faults = settingsFaults(settings);
  if (faults.length > 0) {
    throw new SettingsError(
      stack,
      faults.map((fault) => `${stack}: ${fault}`),
    );
  }
}

/** Checks a stack's file, and says what the sandbox must know of it; throws as `stackSettings` does. */
export function checkSettings(stack: string, root = ROOT): StackFacts {
  const { settings } = stackSettings(stack, root);
  refuseUnknownControls(stack, settings);
  const { mirror } = settings.charts;
  const { allowReplacements } = settings.protection;
  return {
    stack,
    kubernetesVersion: settings.cluster.kubernetesVersion,
    mirror,
    elsewhere: (['kubeconfig', 'context'] as const)
      .filter((key) => settings.cluster[key])
      .map((key) => `platform:cluster.${key}`),
    overrides: overridesOf(settings),
    allowReplacements,
  };
}

/** Paths only: what stands there may be for nobody's eyes. */
function overridesOf(settings: PlainSettings): string[] {
  return Object.entries(settings).flatMap(([area, group]: [string, unknown]) =>
    // A workload may have any name.
    isGroup(group) && typeof group.mode === 'string' ? leaves(group.values ?? {}, [area, 'values']) : [],
  );
}

function leaves(value: unknown, path: Path): string[] {
  if (!isGroup(value)) return [`platform:${pathText(path)}`];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}
