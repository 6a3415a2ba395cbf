import type { Clock } from '@instance-ha/ports';
import type { ProbeMetrics } from './metrics.ts';

/** Keeps count of the time in which nothing could be seen. */
export class Blindness {
  readonly #clock: Clock;
  readonly #metrics: ProbeMetrics;
  #countedToMs: number | null = null;

  constructor(clock: Clock, metrics: ProbeMetrics) {
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /** Nothing can be seen now. Said again while it lasts, it counts what has passed since. */
  blind(): void {
    this.#count();
    this.#countedToMs = this.#clock.monotonicMs();
    this.#metrics.blind.set(1);
  }

  sighted(): void {
    this.#count();
    this.#countedToMs = null;
    this.#metrics.blind.set(0);
  }

  #count(): void {
    if (this.#countedToMs === null) return;
    this.#metrics.blindSeconds.add((this.#clock.monotonicMs() - this.#countedToMs) / 1000);
  }
}
