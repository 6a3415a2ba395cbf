import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Change, ChangeFeed, Logger } from '@instance-ha/ports';
import { type ChangeHub, encodeFrame, type Frame, maxCatchUp } from './change-hub.ts';

export type EventStreamOptions = {
  hub: ChangeHub;
  feed: ChangeFeed;
  response: ServerResponse;
  /** The last change the reader has; without it the stream begins with what happens from now on. */
  after: number | undefined;
  kinds: readonly Change['kind'][] | undefined;
  beatMs: number;
  /** Bytes that may wait for a reader that does not read. */
  bufferLimitBytes: number;
  log: Logger;
};

/** Changes sent between two looks at whether the reader keeps up. */
const pageSize = 200;
/** A reader that takes nothing for so long is gone. */
const drainLimitMs = 10_000;

/**
 * The live stream of one reader: `ready`, then everything after its position, then what happens. `begin` resolves when it
 * is up to date; it ends by itself when the reader goes, and with `lost` when the reader is too slow or was away too long.
 */
export class EventStream {
  readonly #options: EventStreamOptions;
  readonly #leave: () => void;
  readonly #beat: NodeJS.Timeout;
  /** Frames that came live while the past is still being sent. */
  #live: Frame[] | undefined = [];
  #lastId: number;
  #ended = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    const { hub, response } = options;
    this.#lastId = options.after ?? hub.lastId;
    this.#leave = hub.add({ onFrame: frame => this.#onFrame(frame), onLost: id => this.#lost(id) });
    // With the position, so that a reader of few kinds does not come back from far behind.
    this.#beat = setInterval(() => this.#write(`: beat\nid: ${this.#lastId}\n\n`), options.beatMs);
    response.on('close', () => this.end());
    response.on('error', () => this.end());
  }

  async begin(): Promise<void> {
    this.#write(`retry: 2000\n\nevent: ready\nid: ${this.#lastId}\ndata: {"id":${this.#lastId}}\n\n`);
    try {
      for await (const page of this.#past()) await this.#sendPage(page);
      while (this.#live && this.#live.length > 0) await this.#sendPage(this.#live.splice(0, pageSize));
    } catch (error) {
      this.#options.log.warn({ error }, 'the past of a stream cannot be sent: the reader may ask again');
      this.end();
    }
    this.#live = undefined;
  }

  /** Ends the stream; the reader comes back with its position. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#beat);
    this.#leave();
    this.#options.response.end();
  }

  /** What happened before the stream stood, from memory or else from the database, page by page. */
  async *#past(): AsyncGenerator<readonly Frame[], void, void> {
    const { hub, feed } = this.#options;
    const remembered = hub.remembered(this.#lastId);
    if (remembered) {
      for (let at = 0; at < remembered.length; at += pageSize) yield remembered.slice(at, at + pageSize);
      return;
    }
    for (let sent = 0; !this.#ended; ) {
      const changes = await feed.since(this.#lastId, pageSize);
      yield changes.map(encodeFrame);
      sent += changes.length;
      if (changes.length < pageSize) return;
      if (sent >= maxCatchUp) return this.#lost(await feed.latestId());
    }
  }

  /** Waits until the reader has taken most of it: the past may be much longer than the buffer. */
  async #sendPage(page: readonly Frame[]): Promise<void> {
    for (const frame of page) this.#send(frame);
    const { response, bufferLimitBytes } = this.#options;
    if (this.#ended || response.writableLength <= bufferLimitBytes / 2 || !response.writableNeedDrain) return;
    await once(response, 'drain', { signal: AbortSignal.timeout(drainLimitMs) });
  }

  #onFrame(frame: Frame): void {
    if (this.#ended) return;
    if (!this.#live) this.#send(frame);
    else if (this.#live.length < maxCatchUp) this.#live.push(frame);
    else this.#lost(frame.id);
  }

  #send(frame: Frame): void {
    const isAnnounced = !frame.text.startsWith('id:');
    if (this.#ended || (frame.id <= this.#lastId && !isAnnounced)) return;
    this.#lastId = Math.max(this.#lastId, frame.id);
    const { kinds } = this.#options;
    if (!kinds || kinds.includes(frame.kind)) this.#write(frame.text);
  }

  #write(text: string): void {
    const { response, bufferLimitBytes } = this.#options;
    if (this.#ended) return;
    if (response.writableLength + text.length > bufferLimitBytes) this.#lost(this.#lastId);
    else response.write(text);
  }

  #lost(id: number): void {
    if (this.#ended) return;
    this.#options.log.info({ id }, 'a reader of the live stream lost track and is sent away');
    this.#options.response.write(`event: lost\nid: ${id}\ndata: {"id":${id}}\n\n`);
    this.end();
    // What it did not read by then it will not read.
    setTimeout(() => this.#options.response.destroy(), lingerMs).unref();
  }
}

const lingerMs = 5000;
