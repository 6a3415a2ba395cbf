/**
 * A first-in first-out queue that never holds more than `limit` items: one reader, any number of writers.
 *
 * `push` answers false when it is full, and the writer decides what that means; nothing is dropped in silence.
 */
export class BoundedQueue<T> {
  readonly #limit: number;
  #items: T[] = [];
  #head = 0;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(options: { limit: number }) {
    if (!(options.limit >= 1))
      throw new RangeError(`a queue's limit must be at least 1, found ${options.limit}`);
    this.#limit = options.limit;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): boolean {
    if (this.#closed || this.size >= this.#limit) return false;
    this.#items.push(item);
    this.#wake?.();
    return true;
  }

  /** Takes everything that waits, at once; empty when nothing does. */
  drain(): T[] {
    const items = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return items;
  }

  /** No further pushes; a reader gets what waits and then the end. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** Items as they come, until `close` or until `signal` aborts (then it ends without an error). */
  async *read(signal: AbortSignal): AsyncGenerator<T, void, void> {
    const onAbort = (): void => this.#wake?.();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted) {
        const item = this.#shift();
        if (item) yield item.value;
        else if (this.#closed) return;
        else await this.#wait();
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #shift(): { value: T } | undefined {
    if (this.size === 0) return undefined;
    const value = this.#items[this.#head] as T;
    this.#head += 1;
    if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return { value };
  }

  async #wait(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }
}
