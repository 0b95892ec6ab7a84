import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { changed, keys, rawOf, stacks } from '../stacks/files';
import { ROOT } from './cli';

const PARTS = [
  ...stacks.map((stack) => `Pulumi.${stack}.yaml`),
  'Pulumi.yaml',
  'charts.lock.json',
  'components',
  'index.ts',
  'package.json',
  'policy',
  'sandbox',
  'stacks',
  'tsconfig.json',
];

/** A copy of the checkout whose files a test may spoil. The installed packages are the checkout's own. */
export class Checkout {
  readonly root = mkdtempSync(join(tmpdir(), 'platform-checkout-'));

  constructor() {
    for (const part of PARTS) cpSync(join(ROOT, part), join(this.root, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(this.root, 'node_modules'));
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), 'utf8');
  }

  write(file: string, content: string): void {
    writeFileSync(join(this.root, file), content);
  }

  /** Gives a stack's setting another value; `undefined` removes it. */
  set(stack: string, path: string, value: unknown): void {
    this.write(
      `Pulumi.${stack}.yaml`,
      stringify({ config: changed(rawOf(stack), keys(`platform:${path}`), value) }),
    );
  }

  /** Takes a file of the checkout again. */
  restore(file: string): void {
    cpSync(join(ROOT, file), join(this.root, file));
  }

  delete(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
