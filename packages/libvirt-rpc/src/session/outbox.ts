/**
 * Frames on their way out. While the stream takes no more, they wait here, in order; a call given up
 * before its frame left is taken back, and the daemon never hears of it.
 *
 * Bounded by whoever fills it: one frame per waiting call, one PING and one PONG.
 */

import type { Writable } from 'node:stream';

export class Outbox {
  readonly #stream: Writable;
  readonly #waiting = new Map<number, Buffer>();
  #blocked = false;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('drain', () => {
      this.#blocked = false;
      this.#flush();
    });
  }

  /** Sends now or when the stream drains. A second frame under the key of a waiting one changes nothing. */
  send(key: number, frame: Buffer): void {
    if (!this.#blocked) this.#blocked = !this.#stream.write(frame);
    else if (!this.#waiting.has(key)) this.#waiting.set(key, frame);
  }

  /** Takes a waiting frame back; false when it has left already. */
  takeBack(key: number): boolean {
    return this.#waiting.delete(key);
  }

  clear(): void {
    this.#waiting.clear();
  }

  #flush(): void {
    for (const [key, frame] of this.#waiting) {
      if (this.#blocked) return;
      this.#waiting.delete(key);
      this.#blocked = !this.#stream.write(frame);
    }
  }
}
