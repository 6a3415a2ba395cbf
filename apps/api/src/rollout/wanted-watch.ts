import type { ChangeHub } from '../live/change-hub.ts';

/** Changes looked at in one go; where there are more, all who wait look anew. */
const framesMax = 500;

/** Wakes those who wait for what their host is to run: one reader of the changes for all of them. */
export class WantedWatch {
  readonly #waiting = new Set<() => void>();
  #ended = false;
  readonly #leave: () => void;

  constructor(hub: ChangeHub) {
    let lastId = hub.lastId;
    const onNews = (): void => {
      const frames = hub.remembered(lastId, framesMax);
      lastId = hub.lastId;
      if (
        frames === undefined ||
        frames.length === framesMax ||
        frames.some(({ kind }) => kind === 'operation')
      )
        this.#wake();
    };
    this.#leave = hub.add({ onNews, onAnnounced: () => {}, onLost: () => this.#wake() });
  }

  /** Resolves at the next news of an operation, after so long, or when `signal` aborts or the service stops. */
  untilNews(ms: number, signal: AbortSignal): Promise<'news' | 'over'> {
    if (this.#ended || signal.aborted || ms <= 0) return Promise.resolve('over');
    return new Promise(resolve => {
      const end = (how: 'news' | 'over') => (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', give);
        resolve(how);
      };
      const wake = (): void => end(this.#ended ? 'over' : 'news')();
      const give = end('over');
      const timer = setTimeout(give, ms);
      this.#waiting.add(wake);
      signal.addEventListener('abort', give, { once: true });
    });
  }

  /** Lets all go that wait, and everybody who comes later. */
  end(): void {
    this.#ended = true;
    this.#leave();
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
