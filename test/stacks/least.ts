import { changed, keys, type Raw } from './files';
import { SettingsError, validate } from '../../stacks/validate';
import type { PlainSettings } from '../../stacks/schema';

/** No more than a stack must say. */
export const least: Raw = {
  'platform:domain': 'platform.example.com',
  'platform:availability': { replicas: 2 },
  'platform:backup': { bucket: 'backups', region: 'eu-west-1', credentials: 'hidden' },
};

/** The settings of a stack that says no more than it must, but for the given paths. */
export function settings(changes: Record<string, unknown> = {}): PlainSettings {
  const raw = Object.entries(changes).reduce(
    (all, [path, value]) => changed(all, keys(`platform:${path}`), value),
    least,
  );
  return validate('prod', raw, {
    secretKeys: ['platform:backup', 'platform:delivery', 'platform:observability'],
  });
}

/** The problems of a refused configuration; `[]` when it is taken. Any error of another kind is let through. */
export function problems(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

/** A workload that says no more than it must. */
export const app = { image: 'registry.example.com/app:1.0.0' };
