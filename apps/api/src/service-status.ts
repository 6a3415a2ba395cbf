import type { Health, Readiness } from '@instance-ha/contracts';
import type { Clock, Stores } from '@instance-ha/ports';

/** A loop that has not turned for so many of its periods is stuck. */
const stuckAfterPeriods = 5;
/** One answer of the database serves all who ask within so long: these routes need no token. */
const readinessBelievedMs = 1000;
const pingTimeoutMs = 2000;

/** What `/healthz` and `/readyz` tell. */
export class ServiceStatus {
  readonly #stores: Stores;
  readonly #clock: Clock;
  readonly #loops = new Map<string, { atMs: number; periodMs: number }>();
  #stopping = false;
  #readiness: { answer: Promise<Readiness>; untilMs: number } | undefined;

  constructor(options: { stores: Stores; clock: Clock }) {
    this.#stores = options.stores;
    this.#clock = options.clock;
  }

  /** A loop has just turned and will again within `periodMs`. */
  turned(loop: string, periodMs: number): void {
    this.#loops.set(loop, { atMs: this.#clock.monotonicMs(), periodMs });
  }

  stopping(): void {
    this.#stopping = true;
  }

  health(): Health {
    const nowMs = this.#clock.monotonicMs();
    let healthy = true;
    const detail: Health['detail'] = { stopping: this.#stopping };
    for (const [loop, { atMs, periodMs }] of this.#loops) {
      const sinceMs = Math.round(nowMs - atMs);
      detail[`${loop}SinceMs`] = sinceMs;
      if (sinceMs > periodMs * stuckAfterPeriods) healthy = false;
    }
    return { healthy, detail };
  }

  readiness(): Promise<Readiness> {
    if (this.#stopping) return Promise.resolve({ ready: false, detail: 'the service stops' });
    const nowMs = this.#clock.monotonicMs();
    if (!this.#readiness || this.#readiness.untilMs <= nowMs)
      this.#readiness = { answer: this.#ask(), untilMs: nowMs + readinessBelievedMs };
    return this.#readiness.answer;
  }

  async #ask(): Promise<Readiness> {
    try {
      await this.#stores.ping({ timeoutMs: pingTimeoutMs });
      return { ready: true, detail: 'the database answers' };
    } catch {
      return { ready: false, detail: `the database did not answer within ${pingTimeoutMs} ms` };
    }
  }
}
