import type { KeyRing } from '@instance-ha/vault';
import { VaultError } from '@instance-ha/vault';

/** What a session stands for: the token that was shown at the sign-in, until an instant of the wall clock. */
export type SealedSession = { token: string; expiresAtMs: number };

const boundTo = 'session';

/**
 * Sessions are kept by the browsers, sealed with the keys of `[api] key_file`: every API process of one database can open
 * them, none has to remember any, and whoever reads a cookie learns no token.
 */
export const sealSession = (keys: KeyRing, { token, expiresAtMs }: SealedSession): string =>
  keys.seal(JSON.stringify([expiresAtMs, token]), boundTo).replaceAll(':', '.');

/** Undefined for what we did not seal, and for what is over. */
export function openSession(keys: KeyRing, sealed: string, nowMs: number): SealedSession | undefined {
  try {
    const [expiresAtMs, token] = JSON.parse(keys.open(sealed.replaceAll('.', ':'), boundTo)) as [
      number,
      string,
    ];
    return nowMs < expiresAtMs ? { token, expiresAtMs } : undefined;
  } catch (error) {
    if (VaultError.isInstance(error)) return undefined;
    throw error;
  }
}
