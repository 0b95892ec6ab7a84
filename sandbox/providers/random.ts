/**
 * Stand-in for Pulumi's random provider, for the one resource type in use, where the official plugin can't be
 * had. In the sandbox only.
 */
import '../lazy.js';
import { randomInt, randomUUID } from 'node:crypto';
import { main, type Provider } from '@pulumi/pulumi/provider';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const SPECIAL = '!@#$%&*()-_=+[]{}<>:?';
const TYPE = 'random:index/randomPassword:RandomPassword';

interface PasswordInputs {
  length: number;
  special?: boolean;
  overrideSpecial?: string;
  [key: string]: unknown;
}

/** A password of the asked length; every class of characters asked for is in it. */
export function generatePassword({
  length,
  special = true,
  overrideSpecial = SPECIAL,
}: PasswordInputs): string {
  const classes = [LETTERS, DIGITS, ...(special ? [overrideSpecial] : [])];
  const alphabet = classes.join('');
  for (;;) {
    const password = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
    const whole = classes.every((one) => Array.from(password).some((character) => one.includes(character)));
    if (whole || length < classes.length) return password;
  }
}

const provider: Provider = {
  version: '4.18.4',
  check: (_urn, _olds, news: unknown) => Promise.resolve({ inputs: news }),
  diff: (_id, _urn, olds: PasswordInputs, news: PasswordInputs) => {
    const replaces = Object.keys(news).filter(
      (key) => !key.startsWith('__') && JSON.stringify(news[key]) !== JSON.stringify(olds[key]),
    );
    return Promise.resolve({ changes: replaces.length > 0, replaces });
  },
  create: (urn, inputs: PasswordInputs) => {
    if (!urn.includes(TYPE))
      return Promise.reject(new Error(`the sandbox's random provider knows only ${TYPE}`));
    return Promise.resolve({ id: randomUUID(), outs: { ...inputs, result: generatePassword(inputs) } });
  },
  read: (id, _urn, props: unknown) => Promise.resolve({ id, props }),
  delete: () => Promise.resolve(),
};

if (require.main === module) void main(provider, process.argv.slice(2));
