import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Control } from './control';

const FOLDER = join(__dirname, 'controls');

/** Every control, by id: a file in `controls/` is all that a control needs. */
export const CONTROLS: readonly Control[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts'))
  .sort()
  .map(load);

function load(file: string): Control {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the folder is the list
  const { control } = require(join(FOLDER, file)) as { control?: Control };
  const id = basename(file, '.ts');
  if (control?.id === id) return control;
  const found = control ? `a control with the id ${control.id}` : 'no export named control';
  throw new Error(`policy/controls/${file}: found ${found}; export \`control\` with the id ${id}`);
}
