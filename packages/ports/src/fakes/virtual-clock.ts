import type { Clock } from '../clock.ts';

type Sleeper = { dueMs: number; order: number; wake: () => void };

export type VirtualClockOptions = {
  /** Monotonic start, 0 by default. */
  monotonicMs?: number;
  /** Wall clock at the start, 2026-01-01T00:00:00Z by default. */
  wallMs?: number;
};

/**
 * Time that passes only when a test lets it. Sleepers wake in the order of their deadlines, those of one instant in the
 * order they began to sleep, and what each does runs to its next wait before the following one wakes: a story played
 * twice is the same story. Work that waits for real I/O is not waited for.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #wallOffsetMs: number;
  #order = 0;
  #sleepers: Sleeper[] = [];

  constructor(options: VirtualClockOptions = {}) {
    this.#nowMs = options.monotonicMs ?? 0;
    this.#wallOffsetMs = (options.wallMs ?? Date.parse('2026-01-01T00:00:00.000Z')) - this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs + this.#wallOffsetMs;
  }

  /** How many sleep now. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const leave = (): void => {
        this.#sleepers = this.#sleepers.filter(one => one !== sleeper);
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        leave();
        reject(signal?.reason as Error);
      };
      this.#order += 1;
      const sleeper: Sleeper = {
        dueMs: this.#nowMs + Math.max(0, ms),
        order: this.#order,
        wake: () => {
          leave();
          resolve();
        },
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Somebody sets the wall clock, forward or back; durations must not notice. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Lets so much time pass, waking every sleeper on its way. */
  async advance(ms: number): Promise<void> {
    await this.runUntil(() => false, ms);
  }

  /**
   * Lets time pass from deadline to deadline until `isTrue`, for at most `limitMs`. Answers whether it became true; time then
   * stands at that instant, otherwise at the limit.
   */
  async runUntil(isTrue: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.#nowMs + limitMs;
    await settle();
    while (!isTrue()) {
      const next = this.#next();
      if (!next || next.dueMs > endMs) {
        this.#nowMs = endMs;
        return false;
      }
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.wake();
      await settle();
    }
    return true;
  }

  #next(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const one of this.#sleepers)
      if (!first || one.dueMs < first.dueMs || (one.dueMs === first.dueMs && one.order < first.order))
        first = one;
    return first;
  }
}

/** Lets every promise that can go on do so: one turn of the event loop empties the queue of microtasks. */
export const settle = (): Promise<void> =>
  new Promise(resolve => {
    setImmediate(resolve);
  });
