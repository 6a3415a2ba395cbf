import { remember } from './remember.ts';

const minuteMs = 60_000;
const addressLimit = 10_000;

type Failures = { count: number; sinceMs: number };

/** Bars an address that failed too often within a minute for the rest of it. */
export class FailureLimit {
  readonly #limit: number;
  readonly #failures = new Map<string, Failures>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Null when it may try. */
  barredForMs(address: string, nowMs: number): number | null {
    const failures = this.#failures.get(address);
    if (!failures || failures.count < this.#limit) return null;
    const leftMs = failures.sinceMs + minuteMs - nowMs;
    return leftMs > 0 ? leftMs : null;
  }

  count(address: string, nowMs: number): void {
    const failures = this.#failures.get(address);
    const fresh = !failures || nowMs - failures.sinceMs >= minuteMs;
    const next = { count: fresh ? 1 : failures.count + 1, sinceMs: fresh ? nowMs : failures.sinceMs };
    remember(this.#failures, address, next, addressLimit);
  }
}
