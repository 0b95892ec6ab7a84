import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Control, ObjectControl, ResourceControl, StackControl } from './control';

const FOLDER = join(__dirname, 'controls');

/** Where each control is written, by its id: a path below `controls/`, whose first part is its area. */
export const SOURCES = new Map<string, string>();

/** Every control, by id: a file below `controls/` is all that a control needs. */
export const CONTROLS: readonly Control[] = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const controls = load(file);
    for (const { id } of controls) SOURCES.set(id, file);
    return controls;
  })
  .sort((one, other) => (one.id < other.id ? -1 : 1));

export const OBJECT_CONTROLS = CONTROLS.filter(isObjectControl);
export const STACK_CONTROLS = CONTROLS.filter(
  (control): control is StackControl => control.scope === 'stack',
);
export const RESOURCE_CONTROLS = CONTROLS.filter(
  (control): control is ResourceControl => control.scope === 'resource',
);

export function isObjectControl(control: Control): control is ObjectControl {
  return control.scope === 'object';
}

/** A file exports `control`, of the file's name, or `controls`, for a table of like ones. */
function load(file: string): Control[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the folder is the list
  const { control, controls } = require(join(FOLDER, file)) as { control?: Control; controls?: Control[] };
  const id = basename(file, '.ts');
  if (control?.id === id) return [control];
  if (controls) return controls;
  const found = control ? `a control with the id ${control.id}` : 'no export named control or controls';
  throw new Error(`policy/controls/${file}: found ${found}; export \`control\` with the id ${id}`);
}
