import * as pulumi from '@pulumi/pulumi';
import type { Settings } from './schema';
import { seal } from './secrets';
import { validate } from './validate';

/** The one reader of the stack's configuration. */

export type { Settings } from './schema';

// Public in Pulumi's runtime but left out of its types. Config.requireSecret cannot stand in for it: that makes a
// secret of whatever it reads, encrypted or not.
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

/**
 * Reads, checks and completes the settings of the current stack.
 *
 * @throws SettingsError with every problem found, before any resource is declared.
 */
export function load(): Settings {
  const config = Object.entries(pulumi.runtime.allConfig());
  const raw = Object.fromEntries(config.map(([key, text]) => [key, key === domainKey ? text : parsed(text)]));
  const secretKeys = config.map(([key]) => key).filter((key) => isConfigSecret(key));
  return seal(validate(pulumi.getStack(), raw, { secretKeys }));
}

/** The only setting that is a text and not a group. */
const domainKey = 'platform:domain';

/** Groups arrive as JSON; what is no JSON stays the text it is, for the check to refuse. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
