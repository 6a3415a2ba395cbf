/**
 * The right to work on one recovery, kept alive and watched.
 *
 * It is reckoned from before the call that got it was sent, by the monotonic clock: whatever the network did, it ends here
 * no later than in the database. Past that instant another worker may act, so everything that hangs on `signal` stops.
 */
import type { Claim, Clock, RecoveryStore } from '@instance-ha/ports';
import { LeaseLostError } from './engine-error.ts';
import type { LeaseLoss } from './metrics.ts';
import { untilAborted } from './until-aborted.ts';

export type LeaseOptions = {
  claim: Claim;
  recoveries: RecoveryStore;
  clock: Clock;
  leaseMs: number;
  /** When the claim was asked for. */
  askedAtMs: number;
  onStoreError: (error: unknown) => void;
};

export class Lease {
  readonly #options: LeaseOptions;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  #untilMs: number;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#untilMs = options.askedAtMs + options.leaseMs;
    const ended = this.#ended.signal;
    const untilEnd = (loop: Promise<void>): void => {
      loop.catch((error: unknown) => {
        if (!ended.aborted) throw error;
      });
    };
    untilEnd(this.#keepAlive(ended));
    untilEnd(this.#watch(ended));
  }

  /** Aborts with a `LeaseLostError` when the lease is lost. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  leftMs(): number {
    return this.#untilMs - this.#options.clock.monotonicMs();
  }

  /** Resolves when at least so much is left, renewing if need be; rejects when the lease is lost. */
  async ensure(marginMs: number): Promise<void> {
    this.#lost.signal.throwIfAborted();
    while (this.leftMs() < marginMs) await untilAborted(this.#renew(), this.#lost.signal);
    this.#lost.signal.throwIfAborted();
  }

  lose(loss: LeaseLoss): void {
    this.#lost.abort(new LeaseLostError(loss));
    this.end();
  }

  /** No more renewals: the recovery is over. */
  end(): void {
    this.#ended.abort(new Error('the lease was ended'));
  }

  async #keepAlive(ended: AbortSignal): Promise<void> {
    const { clock, leaseMs } = this.#options;
    for (;;) {
      await clock.sleep(leaseMs / 3, ended);
      await this.#renew();
    }
  }

  async #watch(ended: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (this.leftMs() > 0) await clock.sleep(this.leftMs(), ended);
    this.lose('lapsed');
  }

  async #renew(): Promise<void> {
    const { clock, recoveries, claim, leaseMs, onStoreError } = this.#options;
    const askedAtMs = clock.monotonicMs();
    try {
      const answer = await recoveries.renew(claim, { leaseMs });
      if (answer === 'fenced') this.lose('fenced');
      else this.#untilMs = Math.max(this.#untilMs, askedAtMs + leaseMs);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      onStoreError(error);
      await clock.sleep(Math.min(100, leaseMs / 10), this.#ended.signal);
    }
  }
}
