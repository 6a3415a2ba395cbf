import type { Clock, TokenIdentity, TokenStore } from '@instance-ha/ports';
import { callerOf } from './caller.ts';
import { FailureLimit } from './failure-limit.ts';
import { remember } from './remember.ts';
import { digestOf, isTokenShaped } from './token.ts';
import type { Recognition, TokenValidator } from './token-validator.ts';

export type AuthenticatorOptions = {
  tokens: TokenStore;
  clock: Clock;
  /** Different wrong tokens that one address may show within a minute. */
  failureLimit: number;
  /** How long a look-up is believed: a token that is removed works for so long still. */
  believedMs?: number;
};

const cacheLimit = 10_000;

type Cached = { identity: TokenIdentity | undefined; untilMs: number };

/**
 * Recognises tokens by their SHA-256 digest, with a short memory so that a request costs no query.
 *
 * Only tokens that had to be looked up count as failures: a monitor that repeats one wrong token bars nobody, a
 * guesser who shows a new one each time is barred at once, and a token known to be good passes from a barred address.
 */
export class Authenticator implements TokenValidator {
  readonly challenge = 'Bearer realm="instance-ha"';
  readonly #options: Required<AuthenticatorOptions>;
  readonly #cache = new Map<string, Cached>();
  readonly #failures: FailureLimit;

  constructor(options: AuthenticatorOptions) {
    this.#options = { believedMs: 5000, ...options };
    this.#failures = new FailureLimit(options.failureLimit);
  }

  async recognise(token: string, address: string): Promise<Recognition> {
    const nowMs = this.#options.clock.monotonicMs();
    if (!isTokenShaped(token)) return { known: false, barredForMs: null };
    const digest = digestOf(token);
    const key = Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('base64');
    const cached = this.#cache.get(key);
    if (cached && cached.untilMs > nowMs) return recognition(cached.identity);

    const wasGood = cached?.identity !== undefined;
    const barredForMs = wasGood ? null : this.#failures.barredForMs(address, nowMs);
    if (barredForMs !== null) return { known: false, barredForMs };

    const identity = await this.#options.tokens.find(digest);
    remember(this.#cache, key, { identity, untilMs: nowMs + this.#options.believedMs }, cacheLimit);
    if (!identity) this.#failures.count(address, nowMs);
    return recognition(identity);
  }
}

const recognition = (identity: TokenIdentity | undefined): Recognition =>
  identity ? { known: true, caller: callerOf(identity) } : { known: false, barredForMs: null };
