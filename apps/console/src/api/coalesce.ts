/** The longest pause is so many times the shortest. */
const slowest = 4;

/**
 * Runs work at once, and then at most once per `everyMs` however often it is asked for; what is asked for meanwhile is run
 * once at the end. Fifty changes a second then cost one look at the list, and a single one is seen at once. While it goes on
 * like that the pauses grow to four times as long: in a storm nobody reads a list that moves each second, and hundreds of
 * consoles ask at the same time.
 */
export class Coalesce {
  readonly #everyMs: number;
  readonly #pending = new Map<string, { again: boolean }>();

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  run(key: string, work: () => void): void {
    const pending = this.#pending.get(key);
    if (pending) pending.again = true;
    else this.#start(key, work, this.#everyMs);
  }

  #start(key: string, work: () => void, pauseMs: number): void {
    work();
    const state = { again: false };
    this.#pending.set(key, state);
    setTimeout(() => {
      this.#pending.delete(key);
      if (state.again) this.#start(key, work, Math.min(2 * pauseMs, slowest * this.#everyMs));
    }, pauseMs);
  }
}
