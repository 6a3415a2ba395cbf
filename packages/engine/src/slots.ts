import { untilAborted } from './until-aborted.ts';

/** So many may look or act at once; the others wait their turn, first come first served. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  readonly #onFree: () => void;

  /** `onFree` is called when a slot becomes free that nobody waits for. */
  constructor(count: number, onFree: () => void) {
    this.#free = count;
    this.#onFree = onFree;
  }

  get free(): number {
    return this.#free;
  }

  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn.resolve);
    try {
      await untilAborted(turn.promise, signal);
    } catch (error) {
      const index = this.#waiting.indexOf(turn.resolve);
      if (index >= 0) this.#waiting.splice(index, 1);
      else this.give(); // The turn came in the same moment.
      throw error;
    }
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next) {
      next();
      return;
    }
    this.#free += 1;
    this.#onFree();
  }
}
