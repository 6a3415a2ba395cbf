import type { Gauge, Histogram } from '@instance-ha/ports';
import { Doorbell } from '@instance-ha/runtime';
import { DueTimes } from './due-times.ts';
import type { PatrolOptions } from './options.ts';
import type { Watch } from './watch.ts';

/**
 * Asks the guests' agents, each when it is due, the longest overdue first, never more at once than the host bears.
 *
 * A guest that hangs holds one place for some seconds; guests known as hung are due less often (`shouldAsk`), and take at
 * most all places but one, so that the healthy keep their interval.
 */
export class Asking {
  readonly #options: PatrolOptions;
  readonly #watch: Watch;
  readonly #inFlight = new Set<string>();
  readonly #urgent = new Set<string>();
  readonly #dueTimes = new DueTimes();
  readonly #lateness: Histogram;
  readonly #gauge: Gauge;
  #slowInFlight = 0;
  readonly #due: Doorbell;

  constructor(options: PatrolOptions, watch: Watch) {
    this.#options = options;
    this.#watch = watch;
    this.#due = new Doorbell({ clock: options.clock });
    this.#lateness = options.metrics.histogram({
      name: 'vmha_ask_lateness_seconds',
      help: 'How long after it was due a guest was asked.',
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 3, 10, 30, 60],
    });
    this.#gauge = options.metrics.gauge({
      name: 'vmha_asks_in_flight',
      help: 'Guests being asked at this moment.',
    });
  }

  /** Asks this guest before all others. */
  now(instanceUuid: string): void {
    this.#urgent.add(instanceUuid);
    this.#due.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      this.#options.onProgress?.();
      const nextDueMs = this.#askDue(signal);
      await this.#due.wait({
        signal,
        atMostMs: Math.min(pollMs, Math.max(1, nextDueMs - clock.monotonicMs())),
      });
    }
  }

  /** Starts what is due and fits; answers when the next one is due. */
  #askDue(signal: AbortSignal): number {
    const { clock, policy } = this.#options;
    const { guest: guestPolicy, maxPingsInFlight } = policy();
    // The end of any ask rings.
    if (this.#inFlight.size >= maxPingsInFlight) return Number.POSITIVE_INFINITY;
    const { guests } = this.#watch.state;
    const { due, nextDueMs } = this.#dueTimes.look(guestPolicy, guests, clock.monotonicMs(), {
      except: this.#inFlight,
      urgent: this.#urgent,
    });
    for (const guest of due) {
      if (this.#inFlight.size >= maxPingsInFlight) break;
      if (guest.slow && this.#slowInFlight >= Math.max(1, maxPingsInFlight - 1)) continue;
      if (!this.#urgent.delete(guest.uuid)) this.#lateness.observe(guest.lateMs / 1000);
      if (guest.early) this.#dueTimes.spread(guest.uuid);
      void this.#ask(guest.uuid, guest.slow, signal);
    }
    return nextDueMs;
  }

  /**
   * Many guests that fall silent together would each hold a place for the whole timeout, and the healthy ones wait. So the
   * first ping that a guest misses is given up early; it only leads to a second, which has all the time there is.
   */
  #patienceMs(slow: boolean): number {
    const { pingTimeoutMs, guest } = this.#options.policy();
    return slow || guest.failureThreshold === 1 ? pingTimeoutMs : Math.min(pingTimeoutMs, firstPatienceMs);
  }

  async #ask(instanceUuid: string, slow: boolean, signal: AbortSignal): Promise<void> {
    const { probe, log } = this.#options;
    this.#inFlight.add(instanceUuid);
    if (slow) this.#slowInFlight += 1;
    this.#gauge.set(this.#inFlight.size);
    try {
      const ping = await probe.ask(instanceUuid, { timeoutMs: this.#patienceMs(slow), signal });
      if (!signal.aborted) this.#watch.see({ instanceUuid, signal: ping });
    } catch (error) {
      if (!signal.aborted)
        log.error({ guest: instanceUuid, error }, 'asking a guest failed in the probe itself');
    } finally {
      this.#inFlight.delete(instanceUuid);
      if (slow) this.#slowInFlight -= 1;
      this.#gauge.set(this.#inFlight.size);
      this.#due.ring();
    }
  }
}

/** Looks again at least so often: a guest may become due by a signal alone. */
const pollMs = 100;

const firstPatienceMs = 1000;
