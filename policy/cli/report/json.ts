import type { Outcome } from '../outcome';

/** One object on one line: `objects` judged, `violations`, `errors`, and what else a reader may ask for. */
export function jsonReport(outcome: Outcome): string {
  return `${JSON.stringify(jsonFields(outcome))}\n`;
}

export function jsonFields({
  controls,
  objects,
  violations,
  errors,
  skipped,
  generalOnly,
  exempted,
  fixed,
}: Outcome): Record<string, unknown> {
  return {
    objects,
    controls: controls.length,
    violations,
    errors,
    skipped,
    generalOnly,
    exempted,
    ...(fixed ? { fixed } : {}),
  };
}
