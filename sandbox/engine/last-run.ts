import { existsSync, readFileSync } from 'node:fs';
import { writePrivate } from '../files';
import { type StackPaths, stackPaths } from '../paths';
import type { Changes } from './events';

/** The last command's outcome, for `make status`. */
export interface LastRun {
  command: string;
  result: 'succeeded' | 'failed';
  at: string;
  changes: Changes;
}

/** Keeps what a command came to, once it had a stack to work on. */
export function recordRun(stack: string, run: Omit<LastRun, 'at'>): void {
  const paths = stackPaths(stack);
  if (!existsSync(paths.folder)) return;
  try {
    writePrivate(paths.lastRun, JSON.stringify({ ...run, at: new Date().toISOString() }));
  } catch {
    // A full disk: what the command itself came to is the news.
  }
}

export function readLastRun(paths: StackPaths): LastRun | undefined {
  try {
    return JSON.parse(readFileSync(paths.lastRun, 'utf8')) as LastRun;
  } catch {
    // Nothing done yet, or a note that was cut short: not worth failing for.
    return undefined;
  }
}
