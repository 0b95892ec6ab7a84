/** One measured figure. */
export interface Figure {
  what: string;
  value: number;
  unit: 's' | 'MiB' | 'x' | '%';
}

/** Notes a figure, and prints it. */
export type Note = (what: string, value: number, unit?: Figure['unit']) => void;

/** How long it takes. */
export async function seconds(work: () => unknown): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}
