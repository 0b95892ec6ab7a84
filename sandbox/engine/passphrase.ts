import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { SandboxError } from './errors';

/**
 * Encrypts values as Pulumi's passphrase provider does, for a stack's file: to have them encrypted by `pulumi config set`
 * takes a process each, a third of a second. Source: pulumi/pulumi, sdk/go/common/resource/config/crypt.go and
 * pkg/secrets/passphrase/manager.go. (AES-256-GCM; the key is made of passphrase and salt by PBKDF2.)
 */
export class PassphraseCipher {
  private constructor(
    private readonly key: Buffer,
    /** What a stack's file has as `encryptionsalt`: the salt, and a known word by which a passphrase is told to be right. */
    readonly encryptionSalt: string,
  ) {}

  /**
   * @param file holds the passphrase; as for Pulumi, PULUMI_CONFIG_PASSPHRASE goes before it
   * @param encryptionSalt of the stack's file; without one, a new one is made
   * @throws SandboxError when the salt is another passphrase's
   */
  static async open(file: string, encryptionSalt?: string): Promise<PassphraseCipher> {
    const salt = encryptionSalt ? Buffer.from(encryptionSalt.split(':')[1] ?? '', 'base64') : randomBytes(8);
    const passphrase = process.env.PULUMI_CONFIG_PASSPHRASE ?? readFileSync(file, 'utf8').trim();
    const key = await promisify(pbkdf2)(passphrase, salt, ROUNDS, KEY_BYTES, 'sha256');
    if (encryptionSalt === undefined) {
      const known = encrypt(key, KNOWN_WORD);
      return new PassphraseCipher(key, `v1:${salt.toString('base64')}:${known}`);
    }
    if (decrypt(key, encryptionSalt.split(':').slice(2).join(':')) !== KNOWN_WORD)
      throw new SandboxError(
        `the secrets of this stack were encrypted with another passphrase than that of ${file} or PULUMI_CONFIG_PASSPHRASE`,
        'put that passphrase back; or run `make clean`, which deletes the stack’s sandbox state',
      );
    return new PassphraseCipher(key, encryptionSalt);
  }

  /** As a stack's file holds it. */
  encrypt(value: string): { secure: string } {
    return { secure: encrypt(this.key, value) };
  }
}

const ROUNDS = 1_000_000;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KNOWN_WORD = 'pulumi';

function encrypt(key: Buffer, value: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString('base64')}:${sealed.toString('base64')}`;
}

/** Undefined where the key is not the one, or it is nothing that was encrypted so. */
function decrypt(key: Buffer, text: string): string | undefined {
  try {
    const [, nonce = '', sealed = ''] = text.split(':');
    const bytes = Buffer.from(sealed, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return decipher.update(bytes.subarray(0, -TAG_BYTES)).toString('utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
}
