import { compile } from './cel';
import type { Control, ObjectControl } from './control';
import { Subject } from './subject';

/**
 * Compiles the rules and judges their samples with them, a control at a time between which others have their turn: what
 * a pack has done before it is asked, it need not do while the engine waits for it.
 * @param isOver whether the time for it is over
 */
export function warmUp(controls: readonly Control[], isOver: () => boolean): void {
  const [control, ...others] = controls.filter((each): each is ObjectControl => each.scope === 'object');
  if (control === undefined || isOver()) return;
  const judge = compile(control);
  for (const { object, parameters } of [...control.samples.allowed, ...control.samples.denied])
    judge(new Subject(object), parameters);
  setImmediate(() => {
    warmUp(others, isOver);
  });
}
