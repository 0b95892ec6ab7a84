import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { JsonReport } from '../../sandbox/engine/print';
import { TYPESCRIPT } from '../../sandbox/paths';

export const ROOT = resolve(__dirname, '..', '..');

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs a command of the sandbox as make does: a process of its own, no terminal, settings by environment.
 *
 * @param root The checkout, or a copy of it.
 */
export function runCli(command: string, env: Record<string, string>, root = ROOT): Promise<CliResult> {
  const args = ['--require', TYPESCRIPT, join(root, 'sandbox', 'cli.ts'), command];
  return run([process.execPath, ...args], { STACK: '', OUTPUT: '', ...env }, root);
}

/** Runs any command, with these variables beside this process's own. */
export function run(
  [program = '', ...args]: string[],
  env: Record<string, string>,
  cwd: string,
): Promise<CliResult> {
  return new Promise((done, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => done({ code, ...output }));
  });
}

/** Runs a command with OUTPUT=json and returns its one line; anything else on standard output is an error. */
export async function runJson(
  command: string,
  env: Record<string, string>,
  root = ROOT,
): Promise<JsonReport> {
  const { stdout, stderr } = await runCli(command, { ...env, OUTPUT: 'json' }, root);
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (lines.length !== 1) throw new Error(`expected one line of JSON, found: ${stdout}\n${stderr}`);
  return JSON.parse(lines[0] ?? '') as JsonReport;
}
