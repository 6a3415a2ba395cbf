import type { ProbeSignal } from '@instance-ha/ports';

/**
 * What has been seen and not yet been taken: bounded. When it overflows it keeps nothing and takes nothing more until it
 * is emptied by `restart`: half a story is worse than none, since the listing that follows tells where it ended.
 */
export class Inbox {
  readonly #bound: number;
  readonly #onDrop: (count: number) => void;
  #waiting: ProbeSignal[] = [];
  #next = 0;
  #overflowed = false;
  #stirred = Promise.withResolvers<void>();

  constructor(options: { bound: number; onDrop: (count: number) => void }) {
    this.#bound = options.bound;
    this.#onDrop = options.onDrop;
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  get size(): number {
    return this.#waiting.length - this.#next;
  }

  push(seen: ProbeSignal): void {
    if (this.#overflowed) {
      this.#onDrop(1);
    } else if (this.size >= this.#bound) {
      this.#overflowed = true;
      this.#onDrop(this.size + 1);
      this.#clear();
    } else {
      this.#waiting.push(seen);
    }
    this.stir();
  }

  shift(): ProbeSignal | undefined {
    const seen = this.#waiting[this.#next];
    if (seen === undefined) return undefined;
    this.#next += 1;
    if (this.#next === this.#waiting.length) this.#clear();
    return seen;
  }

  /** After an overflow: takes signals again. */
  restart(): void {
    this.#overflowed = false;
  }

  /** Resolves at the next `push` or `stir`. */
  stirred(): Promise<void> {
    return this.#stirred.promise;
  }

  /** Wakes whoever waits: something outside has changed. */
  stir(): void {
    this.#stirred.resolve();
    this.#stirred = Promise.withResolvers<void>();
  }

  #clear(): void {
    this.#waiting = [];
    this.#next = 0;
  }
}
