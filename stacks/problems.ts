/** The wording that every rejected setting shares. */

/** What zod reports for a rejected value; `input` is undefined when the key is absent. */
export interface Rejected {
  readonly input?: unknown;
  readonly code?: string | undefined;
  readonly keys?: string[];
}

/** The value as a problem shows it, on one line of at most 60 characters; of groups and lists only that they are. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a group of settings';
  const text = value === undefined ? 'nothing' : quoted(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** As JSON, with what a terminal would obey or hide (controls, marks of direction) spelt out. */
export function quoted(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (letter) => `\\u{${letter.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}

/** The text of a setting that is required and absent; the loader adds the command that sets it. */
export const missing = 'is missing';

/** Builds a field's error: what was found, then what it should be. */
export function expected(what: string): (issue: Rejected) => string {
  return ({ input }) => (input === undefined ? missing : `${shown(input)} is not ${what}`);
}

/** The known word nearest to a misspelt one as `, did you mean "…"?`; without a near one, the words there are. */
export function nearest(word: string, known: readonly string[]): string {
  const [best] = known
    .map((name) => ({ name, edits: edits(word.slice(0, 80).toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  if (best && best.edits <= Math.max(2, best.name.length / 2)) return `, did you mean "${best.name}"?`;
  return known.length > 0 ? `; known: ${known.join(', ')}` : '';
}

/** Levenshtein distance: insertions, deletions and replacements from one word to the other. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(from).entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (to[column - 1] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
