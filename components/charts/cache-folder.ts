import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/**
 * The user's cache folder, for all checkouts: PLATFORM_CACHE, else `kubernetes-platform` in XDG_CACHE_HOME, else
 * in ~/.cache (macOS: ~/Library/Caches).
 */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env.PLATFORM_CACHE) return resolve(env.PLATFORM_CACHE);
  const home = env.HOME ?? homedir();
  const system = process.platform === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache');
  const xdg = env.XDG_CACHE_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : system, 'kubernetes-platform');
}
