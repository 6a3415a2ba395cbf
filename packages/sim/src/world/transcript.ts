import type { Clock } from '@instance-ha/ports';

/**
 * What happened, line by line: `SECONDS WHO WHAT`. Structured facts and no log lines, and seconds to one decimal, so that only
 * behaviour changes it, and not one more question to the database.
 */
export class Transcript {
  readonly #clock: Clock;
  #originMs: number;
  readonly #lines: string[] = [];
  #listeners: ((line: string) => void)[] = [];
  /** While quiet nothing is kept; listeners hear it all the same. */
  quiet = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#originMs = clock.monotonicMs();
  }

  /** The story begins now: second 0. */
  begin(): void {
    this.#originMs = this.#clock.monotonicMs();
  }

  tell(who: string, what: string): void {
    const line = `${who} ${what}`;
    const tenths = Math.floor(this.#sinceMs() / 100) / 10;
    if (!this.quiet) this.#lines.push(`${tenths.toFixed(1).padStart(6)} ${line}`);
    const listeners = this.#listeners;
    for (const listen of listeners) listen(line);
  }

  /** A line that belongs to no instant. */
  add(line: string): void {
    this.#lines.push(line);
  }

  /** Hears every line without its time; returns how to stop. */
  listen(listener: (line: string) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter(one => one !== listener);
    };
  }

  /** Nobody listens any more. */
  deafen(): void {
    this.#listeners = [];
  }

  /** Now, to the millisecond. */
  seconds(): string {
    return (this.#sinceMs() / 1000).toFixed(3);
  }

  text(): string {
    return this.#lines.map(line => `${line}\n`).join('');
  }

  #sinceMs(): number {
    return this.#clock.monotonicMs() - this.#originMs;
  }
}
