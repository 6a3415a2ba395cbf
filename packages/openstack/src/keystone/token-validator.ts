import { createHash } from 'node:crypto';
import type { Clock } from '@instance-ha/ports';
import { unless } from '../http/bounds.ts';
import type { CallBounds, ServiceCaller } from '../http/caller.ts';
import { OpenStackError } from '../openstack-error.ts';
import type { KeystoneSession } from './session.ts';
import { type TokenFields, ValidationAnswer } from './wire.ts';

/** Whose token it is. `projectId` is null for a token of a domain or of the system. `domain` is the user's. */
export type TokenOwner = {
  userId: string;
  userName: string;
  domain: { id: string | null; name: string | null };
  projectId: string | null;
  projectName: string | null;
  /** Whether it is a token for the whole system. */
  system: boolean;
  /** The roles' names. */
  roles: string[];
  /** ISO 8601, as Keystone wrote it. */
  expiresAt: string;
};

/**
 * `malformed`: it cannot be a token, and Keystone was not asked. `refused`: Keystone does not know it, it has expired, or it
 * was revoked. `could-not-ask`: Keystone is away, or does not let us ask: nothing is known of the token.
 */
export type TokenVerdict =
  | { valid: true; owner: TokenOwner }
  | { valid: false; why: 'malformed' | 'refused' | 'could-not-ask'; detail: string };

export type TokenValidatorLimits = {
  /** How long an answer is believed; never beyond the token's expiry. A revocation is noticed that late. Default 60 000. */
  ttlMs: number;
  /** How long a refusal is believed. Default 5 000. */
  refusedTtlMs: number;
  /** Answers kept, of valid and of refused tokens each; the least recently used go first. Default 1 000. */
  entryLimit: number;
  /** Questions to Keystone at once; more are answered `could-not-ask`. Default 64. */
  pendingLimit: number;
  /** Default 8 192. */
  tokenLengthLimit: number;
};
const defaultLimits: TokenValidatorLimits = {
  ttlMs: 60_000,
  refusedTtlMs: 5_000,
  entryLimit: 1_000,
  pendingLimit: 64,
  tokenLengthLimit: 8_192,
};

export interface TokenValidator {
  /** Whose token this is. Rejects only with the reason of `signal`. */
  validate(token: string, bounds: CallBounds): Promise<TokenVerdict>;
}

/** Each token is asked for once at a time; what is kept is a digest of it, never the token. */
export function tokenValidatorOf(options: {
  session: KeystoneSession;
  caller: ServiceCaller;
  authUrl: string;
  clock: Clock;
  limits?: Partial<TokenValidatorLimits> | undefined;
}): TokenValidator {
  const { session, caller, authUrl, clock } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const known = new Expiring<TokenVerdict>(clock, limits.entryLimit);
  const refused = new Expiring<TokenVerdict>(clock, limits.entryLimit); // A flood of false ones displaces no true one.
  const pending = new Map<string, Promise<TokenVerdict>>();
  /** Longest question; shared, so it does not end with the first who gives up. */
  const askTimeoutMs = 15_000;

  async function ask(token: string, key: string): Promise<TokenVerdict> {
    const askedAtMs = clock.monotonicMs();
    const verdict = await askKeystone({ session, caller, authUrl, token, timeoutMs: askTimeoutMs });
    if (verdict.valid) {
      const leftMs = Date.parse(verdict.owner.expiresAt) - clock.wallMs();
      if (leftMs > 0) known.put(key, verdict, askedAtMs + Math.min(limits.ttlMs, leftMs));
    } else if (verdict.why === 'refused') {
      refused.put(key, verdict, askedAtMs + limits.refusedTtlMs);
    }
    return verdict;
  }

  return {
    async validate(token, { timeoutMs, signal }) {
      signal.throwIfAborted();
      if (!isTokenLike(token, limits.tokenLengthLimit))
        return { valid: false, why: 'malformed', detail: 'it cannot be a token of Keystone' };
      const key = createHash('sha256').update(token).digest('base64');
      const kept = known.get(key) ?? refused.get(key);
      if (kept) return kept;
      let asking = pending.get(key);
      if (!asking) {
        if (pending.size >= limits.pendingLimit)
          return couldNotAsk(`${pending.size} tokens are being asked for already`);
        asking = ask(token, key).finally(() => pending.delete(key));
        pending.set(key, asking);
      }
      return withinTime({ work: asking, clock, timeoutMs, signal });
    },
  };
}

/** Printable ASCII without spaces: what may stand in a header. */
const isTokenLike = (token: string, lengthLimit: number): boolean =>
  token.length > 0 && token.length <= lengthLimit && /^[\x21-\x7e]+$/.test(token);

const couldNotAsk = (detail: string): TokenVerdict => ({ valid: false, why: 'could-not-ask', detail });

async function withinTime(options: {
  work: Promise<TokenVerdict>;
  clock: Clock;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<TokenVerdict> {
  const { work, clock, timeoutMs, signal } = options;
  const ended = new AbortController();
  const late = clock.sleep(timeoutMs, ended.signal).then(
    () => couldNotAsk(`Keystone gave no answer within ${timeoutMs} ms`),
    () => couldNotAsk(''),
  );
  try {
    return await unless(signal, Promise.race([work, late]));
  } finally {
    ended.abort();
  }
}

/** `GET /v3/auth/tokens` with the token as `X-Subject-Token`. Never rejects for what a cloud can do. */
async function askKeystone(options: {
  session: KeystoneSession;
  caller: ServiceCaller;
  authUrl: string;
  token: string;
  timeoutMs: number;
}): Promise<TokenVerdict> {
  const { session, caller, authUrl, token, timeoutMs } = options;
  try {
    const { body } = await session.call(
      caller,
      {
        name: 'keystone validate token',
        method: 'GET',
        url: `${authUrl}/auth/tokens?nocatalog`,
        headers: { 'x-subject-token': token },
        answer: ValidationAnswer,
      },
      { timeoutMs, signal: new AbortController().signal },
    );
    return { valid: true, owner: ownerOf(body.token) };
  } catch (error) {
    if (!OpenStackError.isInstance(error)) throw error;
    if (error.code === 'not-found')
      return { valid: false, why: 'refused', detail: 'Keystone does not know it, or no longer' };
    return couldNotAsk(error.message);
  }
}

const ownerOf = (token: TokenFields): TokenOwner => ({
  userId: token.user.id,
  userName: token.user.name,
  domain: { id: token.user.domain.id ?? null, name: token.user.domain.name ?? null },
  projectId: token.project?.id ?? null,
  projectName: token.project?.name ?? null,
  system: token.system?.all === true,
  roles: token.roles.map(({ name }) => name),
  expiresAt: token.expires_at,
});

/** The most recently used entries, each until its time. */
class Expiring<Value> {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #entries = new Map<string, { value: Value; untilMs: number }>();

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (this.#clock.monotonicMs() >= entry.untilMs) return undefined;
    this.#entries.set(key, entry); // The most recent is the last.
    return entry.value;
  }

  put(key: string, value: Value, untilMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, untilMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) break;
      this.#entries.delete(oldest);
    }
  }
}
