import type { ChangeHub, Frame } from '../live/change-hub.ts';

/** Changes looked at in one go; where there are more, all who wait look anew. */
const framesMax = 500;

/** How a wait ended: there may be something new, or nothing came and the time is over. */
export type Waited = 'news' | 'over';

/**
 * Wakes those who wait for what their host is to run: one reader of the changes for all of them, and each change wakes only whom it
 * concerns, so that a roll-out to a thousand hosts costs a thousand questions and not a million.
 */
export class WantedWatch {
  readonly #waiting = new Map<string, Set<() => void>>();
  #ended = false;
  readonly #leave: () => void;

  constructor(hub: ChangeHub) {
    let lastId = hub.lastId;
    const onNews = (): void => {
      const frames = hub.remembered(lastId, framesMax);
      lastId = hub.lastId;
      if (frames === undefined || frames.length === framesMax) this.#wakeAll();
      else for (const frame of frames) if (frame.kind === 'operation') this.#wakeBy(frame);
    };
    this.#leave = hub.add({ onNews, onAnnounced: () => {}, onLost: () => this.#wakeAll() });
  }

  /** Resolves when this host may be told something new, after so long, or when `signal` aborts or the service stops. */
  untilNews(host: string, ms: number, signal: AbortSignal): Promise<Waited> {
    if (this.#ended || signal.aborted || ms <= 0) return Promise.resolve('over');
    return new Promise(resolve => {
      const end = (how: Waited): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', give);
        const others = this.#waiting.get(host);
        others?.delete(wake);
        if (others?.size === 0) this.#waiting.delete(host);
        resolve(how);
      };
      const wake = (): void => end(this.#ended ? 'over' : 'news');
      const give = (): void => end('over');
      const timer = setTimeout(give, ms);
      this.#waiting.set(host, (this.#waiting.get(host) ?? new Set()).add(wake));
      signal.addEventListener('abort', give, { once: true });
    });
  }

  /** Lets all go that wait, and everybody who comes later. */
  end(): void {
    this.#ended = true;
    this.#leave();
    this.#wakeAll();
  }

  /** A row that is told concerns its host; an operation that ends may concern all; nothing else changes what is wanted. */
  #wakeBy(frame: Frame): void {
    const { state, row } = operationIn(frame);
    if (row === undefined && state !== 'running') this.#wakeAll();
    if (row?.state === 'applying' || row?.state === 'rolling-back') this.#wake(row.host);
    // Where all turn back, a host that could not take it is told so as well.
    if (row?.state === 'failed' || row?.state === 'not-answering') this.#wake(row.host);
  }

  #wake(host: string): void {
    for (const wake of this.#waiting.get(host) ?? []) wake();
  }

  #wakeAll(): void {
    for (const host of this.#waiting.keys()) this.#wake(host);
  }
}

type Told = { state?: string; row?: { host: string; state: string } };

/** What the change says, from the text in which it is sent. */
function operationIn({ text }: Frame): Told {
  const line = text.split('\n').find(each => each.startsWith('data: ')) ?? 'data: {}';
  return ((JSON.parse(line.slice('data: '.length)) as { data?: Told }).data ?? {}) as Told;
}
