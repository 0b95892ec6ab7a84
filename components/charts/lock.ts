import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CATALOGUE, CHART_NAMES, type ChartName } from '../catalogue';
import { ChartError, reasonOf } from './error';

/** The committed lock file. */
export const LOCK_FILE = join(__dirname, '..', '..', 'charts.lock.json');

const schema = z.record(
  z.string(),
  z.strictObject({
    version: z.string(),
    sha256: z
      .string()
      .regex(/^([0-9a-f]{64})?$/, { error: 'expected 64 digits of lower-case hexadecimal, or nothing' }),
  }),
);

/**
 * By chart: the sha256 of its archive as its publisher serves it, lower-case hexadecimal; empty where it was never
 * recorded.
 */
export type ChartLock = Readonly<Record<string, { version: string; sha256: string }>>;

/** @throws ChartError when the file is not there or not of that shape */
export function readLock(path: string = LOCK_FILE): ChartLock {
  const wrong = (reason: string): ChartError =>
    new ChartError(
      `${path} cannot be used: ${reason}`,
      'Take the committed file again: git checkout -- charts.lock.json',
    );
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw wrong(reasonOf(error));
  }
  const found = schema.safeParse(content);
  if (found.success) return found.data;
  throw wrong(
    found.error.issues
      .map(({ path: at, message }) => `${at.join('.') || 'all of it'}: ${message}`)
      .join('; '),
  );
}

/** The digest recorded for a chart at the catalogue's version, or ''. */
export function lockedDigest(lock: ChartLock, chart: ChartName): string {
  const entry = lock[chart];
  return entry?.version === CATALOGUE[chart].version ? entry.sha256 : '';
}

/** Writes one entry for every row of the catalogue, in its order; a digest of another version is dropped. */
export function writeLock(lock: ChartLock, path: string = LOCK_FILE): void {
  const entries = CHART_NAMES.map((chart) => [
    chart,
    { version: CATALOGUE[chart].version, sha256: lockedDigest(lock, chart) },
  ]);
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
}
