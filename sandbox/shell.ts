import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Ends the script's process when the one that started it is gone, killed perhaps: nobody else would. */
const WATCH =
  '(unset PULUMI_CONFIG; while kill -0 $PPID; do kill -0 $$ || exit; sleep 1; done; kill -9 $$) </dev/null >/dev/null 2>&1 &';

/**
 * Writes a shell script that the engine can start as a plug-in: it becomes the given command, with its own arguments
 * after the command's, and ends with the engine.
 */
export function writeLauncher(file: string, ...command: string[]): void {
  const script = `#!/bin/sh\n${WATCH}\nexec ${command.map(quote).join(' ')} "$@"\n`;
  if (existsSync(file) && readFileSync(file, 'utf8') === script) return;
  mkdirSync(dirname(file), { recursive: true });
  // Whole or not at all: another run may be starting it.
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, script, { mode: 0o755 });
  renameSync(temporary, file);
}

/** A text as one word of the shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
