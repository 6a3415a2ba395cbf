import type { Clock } from '@instance-ha/ports';

/** Wakes a loop that waits for something to do. One loop waits; anybody rings; ringing while nobody waits is not lost. */
export class Doorbell {
  readonly #clock: Clock;
  #rung = false;
  #wake: (() => void) | undefined;

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when it is or was rung, when `atMostMs` have passed, or when `signal` aborts, whichever comes first. Never rejects. */
  async wait(options: { signal: AbortSignal; atMostMs?: number }): Promise<void> {
    const { signal, atMostMs } = options;
    if (!this.#rung && !signal.aborted) {
      const answered = new AbortController();
      const woken = new Promise<void>(resolve => {
        this.#wake = resolve;
      });
      const until = AbortSignal.any([signal, answered.signal]);
      const aborted = new Promise<void>(resolve => {
        until.addEventListener('abort', () => resolve(), { once: true });
      });
      const timeUp = atMostMs === undefined ? [] : [this.#clock.sleep(atMostMs, until).catch(() => {})];
      await Promise.race([woken, aborted, ...timeUp]);
      answered.abort();
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
