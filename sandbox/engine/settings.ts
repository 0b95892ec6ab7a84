import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { missingSecrets } from '../../stacks/secrets';
import { validate } from '../../stacks/validate';
import { ROOT } from '../paths';
import { SandboxError } from './errors';
import { readStackFile, stackFileName, withoutSecure, writePath } from './project';

/** What the sandbox must know of a stack's settings before its program runs. */
export interface StackFacts {
  kubernetesVersion: string;
  mirror: string | undefined;
}

/** Names of the stacks that the checkout has a file for. */
export function stackNames(): string[] {
  return readdirSync(ROOT)
    .flatMap((file) => /^Pulumi\.([a-z0-9-]+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/**
 * Checks a stack's file as the program will, with stand-ins for the secrets that the sandbox generates.
 *
 * @throws SettingsError with every problem, SandboxError when there is no such stack or its file is no YAML.
 */
export function checkSettings(stack: string): StackFacts {
  const file = stackFileName(stack);
  if (!/^[a-z0-9-]+$/.test(stack) || !existsSync(join(ROOT, file))) {
    throw new SandboxError(
      `there is no stack "${stack}": no file ${file}`,
      `use STACK=${stackNames().join('|')}`,
    );
  }
  const raw = readConfig(stack);
  const secretKeys = new Set<string>();
  for (const { path } of missingSecrets(stack, raw)) {
    writePath(raw, path, 'generated');
    secretKeys.add(path.split(/[.[]/)[0] ?? path);
  }
  const settings = validate(stack, raw, { secretKeys: [...secretKeys] });
  return { kubernetesVersion: settings.cluster.kubernetesVersion, mirror: settings.charts.mirror };
}

function readConfig(stack: string): Record<string, unknown> {
  try {
    return (withoutSecure(readStackFile(stack).config ?? {}) ?? {}) as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new SandboxError(
      `${stackFileName(stack)} is not valid YAML: ${reason}`,
      'correct the line named above',
    );
  }
}
