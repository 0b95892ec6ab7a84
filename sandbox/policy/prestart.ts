import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readStackFile, withoutSecure } from '../engine/project';
import { ROOT, type StackPaths } from '../paths';
import { POLICY_PACK } from './analyzer';

/** A stack's configuration as the engine hands it to a pack, but for what is encrypted: no control reads that. */
export function packConfiguration(config: Record<string, unknown>): string {
  const texts = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return JSON.stringify(Object.fromEntries(texts));
}

/**
 * A policy pack that starts while the command gets ready: the engine, which does nothing else until a pack has started,
 * finds it running (`host.js`). One that does not start is left to the engine, which says why.
 */
export class PrestartedPack {
  private pack: ChildProcess | undefined;

  constructor(private readonly paths: StackPaths) {}

  /** To be called once this process's environment is what the engine's will be. */
  start(stack: string): void {
    const { prestarted } = this.paths;
    // Empty: it is starting.
    writeFileSync(prestarted, '', { mode: 0o600 });
    const pack = spawn(process.execPath, [HOST, '-', POLICY_PACK], {
      cwd: POLICY_PACK,
      env: { ...process.env, PULUMI_CONFIG: packConfiguration(configurationOf(stack)) },
      // By its standard input it knows that this process is gone, killed perhaps.
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    pack.on('error', () => undefined);
    pack.on('exit', () => {
      if (this.pack === pack) rmSync(prestarted, { force: true });
    });
    pack.stdout.once('data', (port: Buffer) => {
      writeFileSync(`${prestarted}.tmp`, port, { mode: 0o600 });
      renameSync(`${prestarted}.tmp`, prestarted);
    });
    this.pack = pack;
  }

  /** Of its process; undefined before it is started. */
  get pid(): number | undefined {
    return this.pack?.pid;
  }

  end(): void {
    this.pack?.kill();
    rmSync(this.paths.prestarted, { force: true });
  }
}

const HOST = join(ROOT, 'sandbox', 'policy', 'host.js');

/** With the defaults of Pulumi.yaml, as the engine has it. */
function configurationOf(stack: string): Record<string, unknown> {
  const project = parse(readFileSync(join(ROOT, 'Pulumi.yaml'), 'utf8')) as {
    config: Record<string, { default?: unknown }>;
  };
  const defaults = Object.entries(project.config).map(([key, value]) => [key, value.default] as const);
  const own = withoutSecure(readStackFile(stack).config ?? {}) as Record<string, unknown>;
  return Object.fromEntries([...defaults, ...Object.entries(own)]);
}
