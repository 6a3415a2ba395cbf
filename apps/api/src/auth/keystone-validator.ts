import type { TokenValidator as KeystoneTokens } from '@instance-ha/openstack';
import type { Logger } from '@instance-ha/ports';
import { RefusalError } from '../http/error-answer.ts';
import { callerOfOwner } from './caller.ts';
import { ownTokenPrefix } from './token.ts';
import type { TokenValidator } from './token-validator.ts';

/** A request waits so long for Keystone. */
const askTimeoutMs = 10_000;

/**
 * Believes Keystone's tokens, and our own, which are told apart by how they begin.
 *
 * Nobody is barred for wrong tokens of Keystone: they cannot be guessed, expire by themselves, and often come from one
 * dashboard for everybody. What is asked of Keystone at a time is bounded.
 */
export function keystoneValidator(options: {
  keystone: KeystoneTokens;
  own: TokenValidator;
  /** Where clients find Keystone. */
  uri: string;
  log: Logger;
  signal: AbortSignal;
}): TokenValidator {
  const { keystone, own, uri, log, signal } = options;
  return {
    challenge: `Keystone uri="${uri}"`,
    async recognise(token, address) {
      if (token.startsWith(ownTokenPrefix)) return own.recognise(token, address);
      const verdict = await keystone.validate(token, { timeoutMs: askTimeoutMs, signal });
      if (verdict.valid) return { known: true, caller: callerOfOwner(verdict.owner) };
      if (verdict.why !== 'could-not-ask') return { known: false, barredForMs: null };
      log.warn({ detail: verdict.detail }, 'Keystone cannot be asked whose token a request has');
      throw new RefusalError({
        code: 'unavailable',
        message: 'Keystone cannot be asked now whose token this is; try again',
        retryAfterSeconds: 1,
      });
    },
  };
}
