import type { Claim } from '@instance-ha/ports';
import { backoffMs, withDeadline } from '@instance-ha/runtime';
import { auditEnd } from './audit-trail.ts';
import { LeaseLostError, StoreError } from './engine-error.ts';
import { Lease } from './lease.ts';
import { type EngineMetrics, engineMetrics } from './metrics.ts';
import { type EngineOptions, type EngineSettings, withDefaults } from './options.ts';
import { Recovering } from './recovering.ts';
import { Slots } from './slots.ts';
import { follow, Wakes } from './wakes.ts';

/** A claim that takes longer is given up, and what it brings late is let go. */
const claimDeadlineMs = 5000;
/** So long nothing is asked when nothing came, however due something seems. */
const leastPauseMs = 20;
const awayBackoff = { firstMs: 100, maxMs: 3000 };

/**
 * Works on recoveries until `signal` aborts: claims them, carries them out, keeps their leases. Any number of workers may
 * run on one database; when one dies, another goes on as soon as its leases run out.
 *
 * Resolves when it has stopped: restarts that were begun are ended, everything else is let go, within `stopDeadlineMs`. A
 * database that is away is waited for. Rejects never but for a defect.
 */
export async function runEngine(options: EngineOptions): Promise<void> {
  const settings = withDefaults(options);
  const engine = new Engine(settings);
  const following = new AbortController();
  const { clock, log, stores } = settings;
  const feed = follow({
    changes: stores.changes,
    wakes: engine.wakes,
    clock,
    log,
    signal: following.signal,
  });
  try {
    await engine.claimUntilStopped();
  } finally {
    await engine.stop();
    following.abort();
    await feed;
  }
}

class Engine {
  readonly wakes = new Wakes();
  readonly #settings: EngineSettings;
  readonly #metrics: EngineMetrics;
  readonly #slots: Slots;
  readonly #held = new Map<Lease, Promise<void>>();

  constructor(settings: EngineSettings) {
    this.#settings = settings;
    this.#metrics = engineMetrics(settings.metrics);
    this.#slots = new Slots(settings.concurrency, () => this.wakes.work.ring());
  }

  async claimUntilStopped(): Promise<void> {
    const { signal, clock, log, pollMs, onRound } = this.#settings;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const limit = this.#room();
        const waitMs = limit > 0 ? await this.#claim(limit) : pollMs;
        if (failures > 0) log.info({ failures }, 'the database answers again');
        failures = 0;
        onRound({ database: 'answers', held: this.#held.size });
        await this.wakes.work.wait(waitMs, { clock, signal });
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        this.#onStoreError(error);
        if (failures === 1)
          log.warn({ error }, 'the database does not answer: nothing is claimed until it does');
        onRound({ database: 'away', held: this.#held.size });
        await clock.sleep(backoffMs(awayBackoff, failures), signal).catch(() => {});
      }
    }
  }

  /** Ends what must be ended and lets the rest go. */
  async stop(): Promise<void> {
    const { clock, log, stopDeadlineMs } = this.#settings;
    const all = Promise.all(this.#held.values());
    try {
      await withDeadline(all, { deadlineMs: stopDeadlineMs, what: 'ending the recoveries', clock });
    } catch {
      log.warn({ held: this.#held.size }, 'recoveries are given up in the middle: another worker goes on');
      for (const lease of this.#held.keys()) lease.lose('stopping');
      await Promise.all(this.#held.values());
    }
  }

  /** No more than can be begun at once is claimed: what waits here could be carried out by another worker. */
  #room(): number {
    return Math.min(this.#settings.holdLimit - this.#held.size, this.#slots.free);
  }

  /** Takes what there is; answers how long to wait for more when nobody tells. */
  async #claim(limit: number): Promise<number> {
    const { stores, workerName: worker, leaseMs, pollMs, clock } = this.#settings;
    const askedAtMs = clock.monotonicMs();
    const asked = stores.recoveries.claim({ worker, leaseMs, limit });
    const claims = await withDeadline(asked, { deadlineMs: claimDeadlineMs, what: 'claiming', clock }).catch(
      (error: unknown) => {
        asked.then(late => this.#letGo(late)).catch(() => {});
        throw error;
      },
    );
    for (const claim of claims) this.#hold(claim, askedAtMs);
    if (claims.length > 0) return 0;
    const dueMs = await withDeadline(stores.recoveries.nextDueInMs(pollMs), {
      deadlineMs: claimDeadlineMs,
      what: 'asking when something is due',
      clock,
    });
    return Math.max(leastPauseMs, dueMs);
  }

  async #letGo(claims: Claim[]): Promise<void> {
    for (const claim of claims) await this.#settings.stores.recoveries.release(claim);
  }

  #hold(claim: Claim, askedAtMs: number): void {
    const { stores, clock, leaseMs } = this.#settings;
    const lease = new Lease({
      claim,
      recoveries: stores.recoveries,
      clock,
      leaseMs,
      askedAtMs,
      onStoreError: error => this.#onStoreError(error),
    });
    this.#metrics.claims.add(1);
    if (claim.takenOver) this.#metrics.takeOvers.add(1);
    const work = this.#recover(claim, lease).finally(() => {
      lease.end();
      this.#held.delete(lease);
      this.#metrics.inFlight.set(this.#held.size);
      this.wakes.work.ring();
    });
    this.#held.set(lease, work);
    this.#metrics.inFlight.set(this.#held.size);
  }

  /** Never rejects: what befalls one recovery must not end the others. */
  async #recover(claim: Claim, lease: Lease): Promise<void> {
    const log = this.#settings.log.child({ notification: claim.notification.uuid });
    const claimedAtMs = this.#settings.clock.monotonicMs();
    try {
      const { wakes } = this;
      const [settings, metrics, slots] = [this.#settings, this.#metrics, this.#slots];
      await new Recovering({ claim, lease, claimedAtMs, settings, metrics, slots, wakes }).run();
    } catch (error) {
      if (error instanceof LeaseLostError) {
        this.#metrics.leasesLost.add(1, { reason: error.loss });
        log.warn({ reason: error.loss }, 'recovery left to another worker');
      } else if (error instanceof StoreError) {
        // Its lease runs out by itself: whoever claims it then looks first.
        this.#onStoreError(error);
        log.warn({ error }, 'recovery dropped: the database failed, and it will be claimed anew');
      } else await this.#endAsDefect(claim, error);
    }
  }

  /** A defect of ours ends the recovery it was met in, so that it neither goes on for ever nor stops the others. */
  async #endAsDefect(claim: Claim, error: unknown): Promise<void> {
    const { log, stores, clock, workerName } = this.#settings;
    const notification = claim.notification.uuid;
    log.error({ notification, error }, 'a defect ended a recovery');
    const reason = `a defect of this program ended the recovery: ${error instanceof Error ? error.message : String(error)}`;
    const end = { status: 'failed', rule: 'internal-error', reason } as const;
    const ended = { type: 'ended', atMs: claim.ageMs, ...end };
    try {
      const audit = [auditEnd(workerName, claim.notification, end)];
      const stored = stores.recoveries.end(claim, [ended], { status: 'failed', message: reason, audit });
      await withDeadline(stored, { deadlineMs: claimDeadlineMs, what: 'storing the end', clock });
      this.#metrics.ends.add(1, { status: end.status, rule: end.rule });
    } catch (failure) {
      this.#onStoreError(failure);
      log.warn({ notification, error: failure }, 'the end of the recovery could not be stored');
    }
  }

  #onStoreError(_error: unknown): void {
    this.#metrics.storeErrors.add(1);
  }
}
