import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxError } from '../engine/errors';
import { readCheckpoint } from '../engine/workspace';
import type { StackPaths } from '../paths';
import type { Tool, ToolName } from '../toolchain/obtain';

interface StateResource {
  type: string;
  inputs?: Record<string, unknown> & {
    kind?: string;
    name?: string;
    namespace?: string;
    chart?: string;
    values?: Record<string, unknown>;
  };
}

/**
 * Installs what a stack's state holds by `helm upgrade --install --wait` and `kubectl apply`, one after the other,
 * in the order of the state, which is one in which everything finds what it needs. What is to be applied between two releases
 * is so in one call, as whoever does this by hand would. Objects with encrypted contents are applied with these left out.
 */
export async function installSequentially(
  stack: string,
  paths: StackPaths,
  kubeconfig: string,
  tools: Map<ToolName, Tool>,
): Promise<void> {
  const state = (await readCheckpoint(paths, stack))?.deployment as { resources: StateResource[] };
  const folder = mkdtempSync(join(tmpdir(), 'platform-sequential-'));
  const run = (tool: 'helm' | 'kubectl', args: string[]): void => {
    const binary = tools.get(tool)?.path ?? tool;
    const { status, stderr } = spawnSync(binary, ['--kubeconfig', kubeconfig, ...args], {
      cwd: paths.project,
      encoding: 'utf8',
    });
    if (status !== 0)
      throw new SandboxError(`${tool} ${args.slice(0, 4).join(' ')}: ${stderr}`, 'see the message');
  };
  const file = join(folder, 'input.json');
  const write = (content: unknown): void => {
    writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
  };
  let objects: unknown[] = [];
  const apply = (): void => {
    if (objects.length === 0) return;
    write({ apiVersion: 'v1', kind: 'List', items: objects });
    objects = [];
    run('kubectl', ['apply', '--server-side', '-f', file]);
  };
  const add = (inputs: Record<string, unknown>): void => {
    // The kind of a constraint is made by its template.
    if (String(inputs.apiVersion).startsWith('constraints.gatekeeper.sh/')) apply();
    objects.push(withoutSecrets(inputs));
  };
  try {
    for (const { type, inputs } of state.resources) {
      if (type === 'kubernetes:helm.sh/v3:Release' && inputs) {
        apply();
        write(inputs.values ?? {});
        const target = [inputs.name ?? '', inputs.chart ?? '', '-n', inputs.namespace ?? ''];
        run('helm', [
          'upgrade',
          '--install',
          ...target,
          '--skip-crds',
          '--wait',
          '--wait-for-jobs',
          '-f',
          file,
        ]);
      } else if (type.startsWith('kubernetes:') && inputs?.kind) {
        add(inputs);
      }
    }
    apply();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A copy without encrypted values, and without the engine's own keys. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key, inner]) => !key.startsWith('__') && !isSecret(inner));
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutSecrets(inner)]));
}

function isSecret(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'ciphertext' in value;
}
