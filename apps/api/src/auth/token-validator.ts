import type { Caller } from './caller.ts';

/** Whom a token stands for; not known: nobody, or this address has shown too many wrong ones and must wait. */
export type Recognition = { known: true; caller: Caller } | { known: false; barredForMs: number | null };

/**
 * Who can tell whose token it is: our own tokens (`Authenticator`), or Keystone (`[api] auth_strategy`).
 *
 * Answers for any text a client may send. Rejects only when it cannot be known now: with an error whose `retryable` is true
 * the client is told to come again (503), and is never let in.
 */
export interface TokenValidator {
  recognise(token: string, address: string): Promise<Recognition>;
  /** The `WWW-Authenticate` of a 401, such as `Keystone uri="https://keystone/v3"`. */
  readonly challenge: string;
}
