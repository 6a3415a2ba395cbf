/**
 * Seals text with AES-256-GCM (NIST SP 800-38D): 96 random bits of nonce, 128 bits of tag.
 *
 *   iha1:<id of the key>:<base64url of nonce, tag and ciphertext>
 *
 * The seal is bound to the thing it belongs to: moved to another row, or under another key's name, it does not open. With
 * random nonces one key is good for 2^32 seals; control attributes change a few times a year.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { VaultError } from './vault-error.ts';

/** What a sealed text looks like; opaque to everybody else. */
export type Seal = string;

const version = 'iha1';
const nonceBytes = 12;
const tagBytes = 16;
export const keyBytes = 32;
const form = /^iha1:([a-z0-9-]{1,64}):([A-Za-z0-9_-]+)$/;

export class KeyRing {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  /** The key that seals; the others only open. */
  readonly currentKeyId: string;

  /** The first key seals. Throws `RangeError` for no key, or one that has not 32 bytes. */
  constructor(keys: readonly { id: string; key: Uint8Array }[]) {
    const [first] = keys;
    if (!first) throw new RangeError('a key ring holds at least one key');
    for (const { id, key } of keys)
      if (key.byteLength !== keyBytes)
        throw new RangeError(`a key has ${keyBytes} bytes; ${id} has ${key.byteLength}`);
    this.#keys = new Map(keys.map(({ id, key }) => [id, key]));
    this.currentKeyId = first.id;
  }

  /** `boundTo` names the thing that the text belongs to; it must be given again to open it. */
  seal(text: string, boundTo: string): Seal {
    const nonce = randomBytes(nonceBytes);
    const id = this.currentKeyId;
    const cipher = createCipheriv('aes-256-gcm', this.#key(id), nonce, { authTagLength: tagBytes });
    cipher.setAAD(bound(id, boundTo));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `${version}:${id}:${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
  }

  /** Throws `VaultError` `unknown-key` or `broken-seal`. */
  open(seal: Seal, boundTo: string): string {
    const [, id = '', body = ''] = form.exec(seal) ?? [];
    const bytes = Buffer.from(body, 'base64url');
    if (bytes.byteLength < nonceBytes + tagBytes)
      throw new VaultError('broken-seal', `what is kept for ${boundTo} is no seal`);
    const key = this.#key(id);
    const nonce = bytes.subarray(0, nonceBytes);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
      decipher.setAAD(bound(id, boundTo));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      const sealed = bytes.subarray(nonceBytes + tagBytes);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch (error) {
      throw new VaultError('broken-seal', `the seal of ${boundTo} is broken or belongs to something else`, {
        cause: error,
      });
    }
  }

  /** True when it was made with the key that seals now. */
  isCurrent(seal: Seal): boolean {
    return form.exec(seal)?.[1] === this.currentKeyId;
  }

  /** Keys are never shown, not even by accident. */
  toJSON(): string {
    return '***';
  }

  #key(id: string): Uint8Array {
    const key = this.#keys.get(id);
    if (!key)
      throw new VaultError('unknown-key', `sealed with the key ${id}, which the key file does not hold`);
    return key;
  }
}

const bound = (id: string, boundTo: string): Buffer => Buffer.from(`${version}:${id}:${boundTo}`, 'utf8');
