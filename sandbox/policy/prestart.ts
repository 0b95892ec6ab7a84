import type { ChildProcess } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readStackFile, withoutSecure } from '../engine/project';
import { ROOT, type StackPaths } from '../paths';
import { takePack } from './ahead';

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
 * finds it running (`handover.sh`). One that does not start is left to the engine, which says why.
 */
export class PrestartedPack {
  private pack: ChildProcess | undefined;
  private isReady = false;

  constructor(private readonly paths: StackPaths) {}

  /** To be called once this process's environment is what the engine's will be. */
  start(stack: string): void {
    const { prestarted } = this.paths;
    const env = { ...process.env, PULUMI_CONFIG: packConfiguration(configurationOf(stack)) };
    // Empty: it is starting.
    writeFileSync(prestarted, '', { mode: 0o600 });
    const pack = takePack();
    let said = '';
    pack.stderr.on('data', (text: Buffer) => {
      said = `${said}${text.toString()}`.slice(-MOST_SAID);
    });
    const onExit = (code: number | null): void => {
      if (this.pack !== pack) return;
      rmSync(prestarted, { force: true });
      if (code && this.isReady) process.stderr.write(`the policy pack ended with code ${code}: ${said}\n`);
    };
    pack.on('exit', onExit);
    pack.stdout.once('data', (port: Buffer) => {
      this.handOver(port);
    });
    pack.stdin.write(`${JSON.stringify(env)}\n`);
    this.pack = pack;
    // It may have failed to load by now.
    if (pack.exitCode !== null || pack.signalCode !== null) onExit(pack.exitCode);
  }

  /** Of its process; undefined before it is started. */
  get pid(): number | undefined {
    return this.pack?.pid;
  }

  end(): void {
    const { pack } = this;
    this.pack = undefined;
    pack?.kill();
    rmSync(this.paths.prestarted, { force: true });
  }

  /** Where it can't be told, on a full disk perhaps, the engine starts its own. */
  private handOver(port: Buffer): void {
    const { prestarted } = this.paths;
    try {
      writeFileSync(`${prestarted}.tmp`, port, { mode: 0o600 });
      renameSync(`${prestarted}.tmp`, prestarted);
      this.isReady = true;
    } catch {
      this.end();
    }
  }
}

/** Of what a pack says on standard error, the last characters. */
const MOST_SAID = 4000;

/** With the defaults of Pulumi.yaml, as the engine has it. */
function configurationOf(stack: string): Record<string, unknown> {
  const project = parse(readFileSync(join(ROOT, 'Pulumi.yaml'), 'utf8')) as {
    config: Record<string, { default?: unknown }>;
  };
  const defaults = Object.entries(project.config).map(([key, value]) => [key, value.default] as const);
  const own = withoutSecure(readStackFile(stack).config ?? {}) as Record<string, unknown>;
  return Object.fromEntries([...defaults, ...Object.entries(own)]);
}
