import { seal } from '../../stacks/secrets';
import type { Settings } from '../../stacks/schema';
import { validate } from '../../stacks/validate';
import { changed, keys, keysOf, rawOf, withSecrets } from '../stacks/files';

/**
 * Settings of a stack that the repository ships, with a value for every secret.
 *
 * @param changes What differs, by path as in `pulumi config set --path`: `platform:images.registry`. `undefined`
 * takes a key away.
 */
export function settingsOf(stack: string, changes: Readonly<Record<string, unknown>> = {}): Settings {
  const raw = Object.entries(changes).reduce((all, [path, to]) => changed(all, keys(path), to), rawOf(stack));
  const filled = withSecrets(stack, raw);
  return seal(validate(stack, filled, keysOf(filled)));
}
