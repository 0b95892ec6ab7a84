import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';

/** Files that are generated and committed: written, or compared with what is there. */

const root = join(__dirname, '..');

/** A generated text as prettier would leave it, so that a formatted checkout changes none. */
export async function pretty(parser: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(join(root, 'package.json'))), parser });
}

/** What a file of the repository holds now; nothing where there is none. */
export function current(file: string): string {
  return existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
}

/**
 * Writes what differs and says so. With `--check` on the command line it writes nothing, names each file that is
 * stale, and fails.
 * @param files what each file should hold, by its path in the repository
 * @param folder a folder that holds generated files only: others in it are deleted
 */
export function writeGenerated(files: Readonly<Record<string, string>>, folder?: string): void {
  const check = process.argv.includes('--check');
  const stale = Object.entries(files).filter(([file, text]) => current(file) !== text);
  const extra = folder ? filesBelow(folder).filter((file) => !(file in files)) : [];
  for (const [file, text] of check ? [] : stale) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  for (const file of check ? [] : extra) rmSync(join(root, file));
  for (const [file] of stale)
    console.log(check ? `${file} is stale; run npm run generate` : `${file} written`);
  for (const file of extra)
    console.log(check ? `${file} is not generated any more; run npm run generate` : `${file} deleted`);
  process.exitCode = check && stale.length + extra.length > 0 ? 1 : 0;
}

function filesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}
