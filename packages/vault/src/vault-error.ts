/**
 * | code          | meaning                                                              | retryable |
 * | ------------- | -------------------------------------------------------------------- | --------- |
 * | `key-file`    | the key file cannot be read or made, or holds no sound key            | no        |
 * | `unknown-key` | it was sealed with a key that the file does not hold                  | no        |
 * | `broken-seal` | no seal, one of another thing, or one that was changed                | no        |
 */
export const vaultErrorCodes = ['key-file', 'unknown-key', 'broken-seal'] as const;
export type VaultErrorCode = (typeof vaultErrorCodes)[number];

const marker: unique symbol = Symbol.for('@instance-ha/vault/VaultError');

/** The one error of this package. Holds no key and nothing that was sealed. */
export class VaultError extends Error {
  readonly [marker] = true;
  readonly code: VaultErrorCode;
  readonly retryable = false;

  constructor(code: VaultErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'VaultError';
    this.code = code;
  }

  /** True for errors of any installed version of this package. */
  static isInstance(error: unknown): error is VaultError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}
