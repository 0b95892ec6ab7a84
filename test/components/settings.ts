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
  // Without the mesh nothing answers ACME's challenges, so such settings would be refused.
  const off = (raw['platform:mesh'] as { mode?: string } | undefined)?.mode === 'off';
  const filled = withSecrets(
    stack,
    off ? changed(raw, keys('platform:certificates.issuer'), 'self-signed') : raw,
  );
  return seal(validate(stack, filled, keysOf(filled)));
}
