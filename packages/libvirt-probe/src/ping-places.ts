/**
 * Who may be pinged now: a bounded number of guests at once, in the order in which they came.
 *
 * libvirtd stops to read a connection while 5 of its calls wait, and its 20 workers serve everybody on the host: a hung
 * agent holds a worker for seconds. Guests that did not answer last time (`slow`) may hold all places but one, so that
 * however many hang, the healthy ones are asked.
 */
export class PingPlaces {
  readonly #maxInFlight: number;
  readonly #maxWaiting: number;
  readonly #onChange: (inFlight: number) => void;
  #waiting: Waiter[] = [];
  #inFlight = 0;
  #slowInFlight = 0;

  constructor(options: { maxInFlight: number; maxWaiting: number; onChange: (inFlight: number) => void }) {
    this.#maxInFlight = options.maxInFlight;
    this.#maxWaiting = options.maxWaiting;
    this.#onChange = options.onChange;
  }

  /**
   * Resolves with what gives the place back, when it is this guest's turn; rejects with `signal.reason` when that aborts
   * before. Undefined at once when too many wait already.
   */
  take(slow: boolean, signal: AbortSignal): Promise<() => void> | undefined {
    if (this.#waiting.length >= this.#maxWaiting) return undefined;
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const onAbort = (): void => {
      this.#waiting = this.#waiting.filter(other => other !== waiter);
      reject(signal.reason);
    };
    const waiter: Waiter = {
      slow,
      enter: () => {
        signal.removeEventListener('abort', onAbort);
        resolve(this.#enter(slow));
      },
    };
    if (signal.aborted) {
      reject(signal.reason);
    } else {
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiter);
      this.#admit();
    }
    return promise;
  }

  #enter(slow: boolean): () => void {
    this.#count(1, slow);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#count(-1, slow);
      this.#admit();
    };
  }

  #admit(): void {
    while (this.#inFlight < this.#maxInFlight) {
      const slowFits = this.#slowInFlight < Math.max(1, this.#maxInFlight - 1);
      const next = this.#waiting.findIndex(waiter => slowFits || !waiter.slow);
      if (next < 0) return;
      const [waiter] = this.#waiting.splice(next, 1);
      waiter?.enter();
    }
  }

  #count(by: 1 | -1, slow: boolean): void {
    this.#inFlight += by;
    if (slow) this.#slowInFlight += by;
    this.#onChange(this.#inFlight);
  }
}

type Waiter = { slow: boolean; enter: () => void };
