/** Something that was given and can't be used: where it is, and what is to be done about it. */
export interface Problem {
  /** What was found and what is expected, in full sentences. */
  message: string;
  file?: string;
  /** Line in the file, from 1. */
  line?: number;
}

/** What was given can't be used, so that nothing can be judged. */
export class BadInput extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join('\n'));
  }
}

/** A fault in four parts, in the order in which a reader needs them. */
export function problem(
  found: string,
  expected: string,
  cure: string,
  where: Pick<Problem, 'file' | 'line'> = {},
): Problem {
  const end = expected.endsWith('?') ? '' : '.';
  return { message: `found ${found}; expected ${expected}${end} ${cure}.`, ...where };
}

/** `shop.yaml:12: found …`, for people. */
export function formatProblem({ file, line, message }: Problem): string {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
  return `${place}${message}`;
}

/** Why a file can't be read, without its path: that is told beside it. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOENT: 'nothing there',
    EACCES: 'no right to read it',
    EISDIR: 'a folder',
    ENOTDIR: 'a file where a folder is meant',
    ELOOP: 'links that lead in a circle',
  };
  return reasons[code ?? ''] ?? message.split('\n')[0] ?? message;
}
