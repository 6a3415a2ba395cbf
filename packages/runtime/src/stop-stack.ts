import type { Clock, Logger } from '@instance-ha/ports';
import { systemClock } from './system-clock.ts';
import { withDeadline } from './with-deadline.ts';

type Stop = { name: string; stop: () => unknown };

/**
 * What was started, and how to stop it: in reverse order, each by name, each within the deadline.
 *
 * Register a stop on the line after the start it belongs to; a start that fails half-way is then unwound by the
 * same call. A stop that throws or hangs is logged by name and does not keep the others from stopping.
 */
export class StopStack {
  readonly #stops: Stop[] = [];
  readonly #deadlineMs: number;
  readonly #log: Logger;
  readonly #clock: Clock;
  #unwinding: Promise<boolean> | undefined;

  /** `deadlineMs` bounds each single stop. */
  constructor(options: { deadlineMs: number; log: Logger; clock?: Clock }) {
    this.#deadlineMs = options.deadlineMs;
    this.#log = options.log;
    this.#clock = options.clock ?? systemClock;
  }

  add(name: string, stop: () => unknown): void {
    this.#stops.push({ name, stop });
  }

  /** Stops everything; true when all of it stopped cleanly. Calling it again waits for the same unwinding. */
  unwind(): Promise<boolean> {
    this.#unwinding ??= this.#unwind();
    return this.#unwinding;
  }

  async #unwind(): Promise<boolean> {
    let clean = true;
    for (let next = this.#stops.pop(); next; next = this.#stops.pop()) {
      const { name, stop } = next;
      try {
        await withDeadline(Promise.resolve(stop()), {
          deadlineMs: this.#deadlineMs,
          what: `stopping ${name}`,
          clock: this.#clock,
        });
      } catch (error) {
        clean = false;
        this.#log.warn({ part: name, error }, 'a part did not stop cleanly');
      }
    }
    return clean;
  }
}
