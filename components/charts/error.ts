import { types } from 'node:util';

/** A chart cannot be had or may not be used. `cure` says what the user can do about it. */
export class ChartError extends Error {
  override readonly name = 'ChartError';

  constructor(
    message: string,
    readonly cure: string,
  ) {
    super(message);
  }
}

/** One error for several failures: every message, every distinct cure. What is no ChartError is thrown as it is. */
export function joinErrors(errors: unknown[]): unknown {
  const known = errors.filter((error) => error instanceof ChartError);
  const first = errors.find((error) => !(error instanceof ChartError)) ?? known[0];
  if (known.length < 2 || known.length < errors.length) return first;
  const lines = (texts: string[]): string => [...new Set(texts)].join('\n');
  return new ChartError(lines(known.map(({ message }) => message)), lines(known.map(({ cure }) => cure)));
}

/** What an error says; of several in one, what the first says. */
export function reasonOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  const [first] = ((error as Partial<AggregateError>).errors ?? []) as unknown[];
  if (first !== undefined) return reasonOf(first);
  return error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
}
