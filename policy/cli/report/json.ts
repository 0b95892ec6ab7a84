import type { Outcome } from '../outcome';

/** One object on one line: `objects` judged, `violations`, `errors`, and what else a reader may ask for. */
export function jsonReport({ controls, fixed, ...outcome }: Outcome): string {
  const { objects, ...rest } = outcome;
  const fields = { objects, controls: controls.length, ...rest, ...(fixed ? { fixed } : {}) };
  return `${JSON.stringify(fields)}\n`;
}
