/**
 * One subscription to the database's changes for all readers of this process.
 *
 * Each change is encoded once and kept for a while, from where readers take it at their own pace; a reader that comes back
 * finds what it missed without a query. When the feed loses track the hub reads the missing changes from the database
 * before it takes any newer one: a reader never sees a gap without being told.
 */
import type { Change, ChangeFeed, Clock, Logger } from '@instance-ha/ports';

/** A change as it is sent. */
export type Frame = { id: number; kind: Change['kind']; text: string };

export type HubReader = {
  /** There is more to take with `remembered`. */
  onNews(): void;
  /** Something that only this process saw: it is in no memory. */
  onAnnounced(frame: Frame): void;
  /** Changes up to `id` will not come. */
  onLost(id: number): void;
};

export type ChangeHubOptions = { feed: ChangeFeed; clock: Clock; log: Logger; signal: AbortSignal };

/** Frames kept in memory. */
const keptFrames = 2000;
const pageSize = 500;
/** A reader or a hub further behind than this is told that it lost track. */
export const maxCatchUp = 10_000;
const retryMs = 1000;

export const encodeFrame = (change: Change): Frame => ({
  id: change.id,
  kind: change.kind,
  text: `id: ${change.id}\ndata: ${JSON.stringify(change)}\n\n`,
});

export class ChangeHub {
  readonly #options: ChangeHubOptions;
  readonly #readers = new Set<HubReader>();
  #frames: Frame[] = [];
  /** Every change after this one, up to the last, is in `#frames`. */
  #knownFrom: number;
  #lastId: number;
  #waiting: Change[] = [];
  #catchingUp: Promise<void> | undefined;

  private constructor(options: ChangeHubOptions, lastId: number) {
    this.#options = options;
    this.#lastId = lastId;
    this.#knownFrom = lastId;
  }

  /** Listens first and then asks where the feed stands, so that nothing falls between. */
  static async open(options: ChangeHubOptions): Promise<ChangeHub> {
    const early: Change[] = [];
    let hub: ChangeHub | undefined;
    await options.feed.subscribe(
      {
        onChange: change => (hub ? hub.#take(change) : early.push(change)),
        onLost: () => {
          if (hub) hub.#catchUpSoon();
        },
      },
      options.signal,
    );
    hub = new ChangeHub(options, await options.feed.latestId());
    for (const change of early) hub.#take(change);
    return hub;
  }

  get lastId(): number {
    return this.#lastId;
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /** The first frames after `id`; undefined when some of them are no longer in memory. */
  remembered(id: number, limit: number): readonly Frame[] | undefined {
    if (id < this.#knownFrom) return undefined;
    let low = 0;
    let high = this.#frames.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#frames[middle]?.id ?? 0) > id) high = middle;
      else low = middle + 1;
    }
    return this.#frames.slice(low, low + limit);
  }

  add(reader: HubReader): () => void {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  /** A change that this process alone noticed. It takes the place of the last one, so that nobody's position moves. */
  announce(change: Omit<Change, 'id'>): void {
    const { text } = encodeFrame({ ...change, id: this.#lastId });
    const frame: Frame = { id: this.#lastId, kind: change.kind, text: text.slice(text.indexOf('\n') + 1) };
    for (const reader of this.#readers) reader.onAnnounced(frame);
  }

  #take(change: Change): void {
    if (this.#catchingUp) this.#waiting.push(change);
    else this.#pass(change);
  }

  #pass(change: Change): void {
    if (change.id <= this.#lastId) return;
    const frame = encodeFrame(change);
    this.#lastId = change.id;
    this.#frames.push(frame);
    if (this.#frames.length > keptFrames * 2) {
      const gone = this.#frames.length - keptFrames;
      this.#knownFrom = this.#frames[gone - 1]?.id ?? this.#knownFrom;
      this.#frames = this.#frames.slice(gone);
    }
    for (const reader of this.#readers) reader.onNews();
  }

  #catchUpSoon(): void {
    this.#catchingUp ??= this.#catchUp().finally(() => {
      this.#catchingUp = undefined;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const change of waiting) this.#pass(change);
    });
  }

  async #catchUp(): Promise<void> {
    const { feed, clock, log, signal } = this.#options;
    for (let caught = 0; !signal.aborted; ) {
      try {
        const changes = await feed.since(this.#lastId, pageSize);
        for (const change of changes) this.#pass(change);
        caught += changes.length;
        if (changes.length < pageSize) return;
        if (caught >= maxCatchUp) return await this.#giveUp();
      } catch (error) {
        log.warn({ error }, 'the changes that were missed cannot be read yet');
        await clock.sleep(retryMs, signal).catch(() => {});
      }
    }
  }

  async #giveUp(): Promise<void> {
    const latest = await this.#options.feed.latestId();
    this.#options.log.warn(
      { from: this.#lastId, to: latest },
      'too many changes were missed: readers must read anew',
    );
    this.#lastId = latest;
    this.#knownFrom = latest;
    this.#frames = [];
    for (const reader of this.#readers) reader.onLost(latest);
  }
}
