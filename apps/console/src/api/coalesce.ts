/**
 * Runs work at once, and then at most once per `everyMs` however often it is asked for; what is asked for meanwhile is run
 * once at the end. Fifty changes a second then cost one look at the list, and a single one is seen at once.
 */
export class Coalesce {
  readonly #everyMs: number;
  readonly #pending = new Map<string, { again: boolean }>();

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  run(key: string, work: () => void): void {
    const pending = this.#pending.get(key);
    if (pending) {
      pending.again = true;
      return;
    }
    work();
    const state = { again: false };
    this.#pending.set(key, state);
    setTimeout(() => {
      this.#pending.delete(key);
      if (state.again) this.run(key, work);
    }, this.#everyMs);
  }
}
