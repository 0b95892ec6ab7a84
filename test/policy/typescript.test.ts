import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../helpers/cli';

let folder: string;
const cache = (): string => join(folder, 'node_modules', '.cache', 'platform-typescript');

/** A checkout with packages of its own, so that its cache is. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-typescript-'));
  mkdirSync(join(folder, 'policy'));
  mkdirSync(join(folder, 'node_modules'));
  cpSync(join(ROOT, 'policy', 'typescript.js'), join(folder, 'policy', 'typescript.js'));
  for (const name of ['esbuild', '@esbuild'])
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  writeFileSync(join(folder, 'part.ts'), "export const word: string = 'one';\n");
  writeFileSync(join(folder, 'main.ts'), "import { word } from './part';\nconsole.log(word as unknown);\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (env: Record<string, string> = {}): string =>
  execFileSync(process.execPath, ['--require', './policy/typescript.js', 'main.ts'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

it('loads TypeScript, and again from what it kept', () => {
  expect(run()).toBe('one\n');
  expect(readdirSync(cache())).toHaveLength(2);
  expect(run()).toBe('one\n');
  expect(readdirSync(cache())).toHaveLength(2);
});

it('takes a changed file as it is now', () => {
  run();
  writeFileSync(join(folder, 'part.ts'), "export const word: string = 'two';\n");
  expect(run()).toBe('two\n');
});

it('needs no cache where it can’t have one', () => {
  writeFileSync(join(folder, 'node_modules', '.cache'), 'a file');
  expect(run()).toBe('one\n');
});

it('names the lines of the sources where Node is told to', () => {
  writeFileSync(join(folder, 'part.ts'), "interface Gone {\n  a: 1;\n}\nthrow new Error('here');\n");
  const traceOf = (env: Record<string, string>): string => {
    try {
      return run(env);
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
  };
  expect(traceOf({ NODE_OPTIONS: '--enable-source-maps' })).toContain('part.ts:4:');
});
