/**
 * The bounded way from the read loop to one listener. `push` only stores; the listener runs later, event by
 * event, and other work of the process gets its turn after every `batch` of them.
 */

const batch = 128;

export type EventQueueOptions<T> = {
  /** A returned promise is awaited before the next event is given. */
  listener: (event: T) => void | Promise<void>;
  maxQueued: number;
  /** What the listener threw or rejected with; the queue goes on. */
  onListenerError: (error: unknown) => void;
};

export class EventQueue<T> {
  readonly #options: EventQueueOptions<T>;
  #queued: T[] = [];
  #running = false;
  #stopped = false;

  constructor(options: EventQueueOptions<T>) {
    this.#options = options;
  }

  /** False when the queue is full; the event is then not in it. */
  push(event: T): boolean {
    if (this.#stopped) return true;
    if (this.#queued.length >= this.#options.maxQueued) return false;
    this.#queued.push(event);
    if (!this.#running) {
      this.#running = true;
      void this.#run();
    }
    return true;
  }

  /** No event is given to the listener after this. */
  stop(): void {
    this.#stopped = true;
    this.#queued = [];
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // Never inside the read loop.
    while (this.#queued.length > 0) {
      const events = this.#queued.splice(0, batch);
      for (const event of events) {
        if (this.#stopped) break;
        try {
          const pending = this.#options.listener(event);
          if (pending) await pending;
        } catch (error) {
          this.#options.onListenerError(error);
        }
      }
      if (this.#queued.length > 0) await new Promise(resolve => setImmediate(resolve));
    }
    this.#running = false;
  }
}
