import type { Secret } from '@instance-ha/config';
import type { Clock, Logger } from '@instance-ha/ports';
import { unless } from '../http/bounds.ts';
import type { Answered, Call, CallBounds, ServiceCaller } from '../http/caller.ts';
import { OpenStackError } from '../openstack-error.ts';
import type { OpenStackSettings } from '../settings/settings.ts';
import { findEndpoint } from './catalogue.ts';
import { type Login, login } from './login.ts';

/** A token is renewed so long before it expires, one with a short life at half of it. */
const renewBeforeMs = 60_000;
/** After Keystone has refused our credentials it is not asked again for so long: it may lock the user out. */
const refusedHoldMs = 10_000;
/** Longest login. It is shared by all who wait for it, so it does not end with the first who gives up. */
const loginTimeoutMs = 20_000;

type Held = { login: Login; renewAtMs: number };

/**
 * Who we are to the cloud. One login at a time whoever asks; a token is reused until shortly before it expires, and thrown
 * away when a service answers 401 to it.
 */
export class KeystoneSession {
  readonly #settings: OpenStackSettings;
  readonly #caller: ServiceCaller;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #ended = new AbortController();
  #held: Held | undefined;
  #underWay: Promise<Login> | undefined;
  #refused: { error: OpenStackError; untilMs: number } | undefined;

  constructor(options: { settings: OpenStackSettings; caller: ServiceCaller; clock: Clock; log: Logger }) {
    this.#settings = options.settings;
    this.#caller = options.caller;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Where a service is. Logs in when that has not been done. */
  async endpoint(type: string, bounds: CallBounds): Promise<string> {
    const { interface: wanted, region } = this.#settings;
    return findEndpoint((await this.#login(bounds)).catalogue, { type, interface: wanted, region });
  }

  /** The id of the user we are. */
  async userId(bounds: CallBounds): Promise<string> {
    return (await this.#login(bounds)).userId;
  }

  /**
   * Makes a call with our token. A 401 means that the token has gone before its time (revoked, or Keystone's keys were
   * changed): one new login, and the call once more, for nothing was done.
   */
  async call<T>(caller: ServiceCaller, call: Call<T>, bounds: CallBounds): Promise<Answered<T>> {
    const endAtMs = this.#clock.monotonicMs() + bounds.timeoutMs;
    const left = (): CallBounds => ({
      ...bounds,
      timeoutMs: Math.max(1, endAtMs - this.#clock.monotonicMs()),
    });
    const first = await this.#login(bounds);
    try {
      return await caller.call(withToken(call, first.token), left());
    } catch (error) {
      if (!OpenStackError.isInstance(error) || error.code !== 'unauthorized') throw error;
      this.#log.info({ call: call.name }, 'a token was refused before its time');
      if (this.#held?.login === first) this.#held = undefined;
    }
    const second = await this.#login(left());
    return caller.call(withToken(call, second.token), left());
  }

  close(): void {
    this.#ended.abort(new Error('the session is closed'));
    this.#held = undefined;
  }

  async #login({ timeoutMs, signal }: CallBounds): Promise<Login> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#held && nowMs < this.#held.renewAtMs) return this.#held.login;
    if (this.#refused && nowMs < this.#refused.untilMs) throw this.#refused.error;
    this.#underWay ??= this.#logIn();
    // Whoever waits for it may have given up before it fails.
    this.#underWay.catch(() => {});
    const patience = new AbortController();
    const either = AbortSignal.any([signal, patience.signal]);
    const timer = new AbortController();
    this.#clock.sleep(timeoutMs, timer.signal).then(
      () => patience.abort(),
      () => {},
    );
    try {
      return await unless(either, this.#underWay);
    } catch (error) {
      if (signal.aborted)
        throw new OpenStackError({
          code: 'aborted',
          message: 'keystone login: given up',
          sent: false,
          cause: signal.reason,
        });
      if (patience.signal.aborted)
        throw new OpenStackError({
          code: 'timeout',
          message: `keystone login: no whole answer within ${Math.round(timeoutMs)} ms`,
          sent: false,
        });
      throw error;
    } finally {
      timer.abort();
    }
  }

  async #logIn(): Promise<Login> {
    const startedAtMs = this.#clock.monotonicMs();
    try {
      const made = await login(this.#caller, this.#settings, {
        timeoutMs: loginTimeoutMs,
        signal: this.#ended.signal,
      });
      const usableMs = Math.max(made.lifetimeMs - renewBeforeMs, made.lifetimeMs / 2);
      this.#held = { login: made, renewAtMs: startedAtMs + usableMs };
      this.#refused = undefined;
      this.#log.debug({ expiresAt: made.expiresAt, userId: made.userId }, 'logged in to Keystone');
      return made;
    } catch (error) {
      // What a login failed to send is our caller's call never sent.
      const told = OpenStackError.isInstance(error) ? unsent(error) : error;
      if (OpenStackError.isInstance(told) && told.code === 'unauthorized')
        this.#refused = { error: told, untilMs: this.#clock.monotonicMs() + refusedHoldMs };
      throw told;
    } finally {
      this.#underWay = undefined;
    }
  }
}

const withToken = <T>(call: Call<T>, token: Secret): Call<T> => ({
  ...call,
  headers: { ...call.headers, 'x-auth-token': token.reveal() },
});

const unsent = (error: OpenStackError): OpenStackError =>
  new OpenStackError({
    code: error.code,
    message: error.message,
    status: error.status,
    requestId: error.requestId,
    serviceMessage: error.serviceMessage,
    retryAfterMs: error.retryAfterMs,
    sent: false,
    cause: error.cause,
  });
