import type { Clock } from '@instance-ha/ports';

/** What happened, line by line: `SECONDS WHO WHAT`. Structured facts and no log lines, so that only behaviour changes it. */
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
    if (!this.quiet) this.#lines.push(`${this.seconds()} ${line}`);
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

  seconds(): string {
    return ((this.#clock.monotonicMs() - this.#originMs) / 1000).toFixed(3).padStart(8);
  }

  text(): string {
    return this.#lines.map(line => `${line}\n`).join('');
  }
}
