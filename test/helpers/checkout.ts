import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { copyCheckout } from '../../sandbox/commands/load';
import { changed, keys, rawOf } from '../stacks/files';
import { ROOT } from './cli';

/** A copy of the checkout whose files a test may spoil. The installed packages are the checkout's own. */
export class Checkout {
  readonly root = mkdtempSync(join(tmpdir(), 'platform-checkout-'));

  constructor() {
    copyCheckout(this.root);
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
