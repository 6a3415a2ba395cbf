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
      const over = new AbortController();
      const end = (): void => over.abort(waitIsOver);
      const ended = new Promise(resolve => over.signal.addEventListener('abort', resolve, { once: true }));
      this.#wake = end;
      signal.addEventListener('abort', end, { once: true });
      if (atMostMs !== undefined) this.#clock.sleep(atMostMs, over.signal).then(end, () => {});
      await ended;
      signal.removeEventListener('abort', end);
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}

/** Without a reason each abort makes an exception with a stack trace, which costs more than all the rest of a wait. */
const waitIsOver = new Error('the wait is over');
