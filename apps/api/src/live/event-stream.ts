import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Change, ChangeFeed, Clock, Logger } from '@instance-ha/ports';
import { type ChangeHub, encodeFrame, type Frame, maxCatchUp } from './change-hub.ts';

export type EventStreamOptions = {
  hub: ChangeHub;
  feed: ChangeFeed;
  response: ServerResponse;
  /** The last change the reader has; without it the stream begins with what happens from now on. */
  after: number | undefined;
  kinds: readonly Change['kind'][] | undefined;
  clock: Clock;
  log: Logger;
};

const beatMs = 15_000;
/** Characters written at once; no more than this and one change waits in memory for one reader. */
const pageChars = 64 * 1024;
const pageChanges = 200;
/** A reader that takes nothing for so long is sent away. */
const drainLimitMs = 10_000;
/** What a reader that was sent away did not read by then it will not read. */
const lingerMs = 5000;

/**
 * The live stream of one reader: `ready`, then everything after its position, then what happens.
 *
 * It is pulled: the reader's own pace decides when the next page is taken from the hub's memory, or from the
 * database where the hub has forgotten, so that a burst costs memory once and not for each reader. A reader that takes
 * nothing for a while, or is too far behind, is told `lost` and sent away.
 */
export class EventStream {
  readonly #options: EventStreamOptions;
  readonly #leave: () => void;
  readonly #beat: NodeJS.Timeout;
  readonly #ended = new AbortController();
  #announced: Frame[] = [];
  #position: number;
  #news = true;
  #wake: () => void = () => {};

  constructor(options: EventStreamOptions) {
    this.#options = options;
    const { hub, response } = options;
    this.#position = options.after ?? hub.lastId;
    this.#leave = hub.add({
      onNews: () => this.#hasNews(),
      onAnnounced: frame => {
        if (this.#announced.length < pageChanges) this.#announced.push(frame);
        this.#hasNews();
      },
      onLost: id => this.#lost(id),
    });
    // With the position, so that a reader of few kinds does not come back from far behind.
    this.#beat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(`: beat\nid: ${this.#position}\n\n`);
    }, beatMs);
    response.on('close', () => this.end());
    response.on('error', () => this.end());
  }

  /** Sends until the reader goes, `end` is called, or the reader is sent away. */
  async run(): Promise<void> {
    const { response, log } = this.#options;
    const at = this.#position;
    response.write(`retry: 2000\n\nevent: ready\nid: ${at}\ndata: {"id":${at}}\n\n`);
    try {
      while (!this.#isEnded) {
        await this.#catchUp();
        await this.#newsCome();
      }
    } catch (error) {
      if (!this.#isEnded) log.warn({ error }, 'a live stream broke off: its reader may come back');
      this.end();
    }
  }

  /** Ends the stream; the reader comes back with its position. */
  end(): void {
    if (this.#isEnded) return;
    this.#ended.abort();
    clearInterval(this.#beat);
    this.#leave();
    this.#wake();
    this.#options.response.end();
  }

  get #isEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  #hasNews(): void {
    this.#news = true;
    this.#wake();
  }

  async #newsCome(): Promise<void> {
    while (!this.#news && !this.#isEnded)
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
  }

  async #catchUp(): Promise<void> {
    const { hub, feed } = this.#options;
    let fromDatabase = 0;
    while (this.#news && !this.#isEnded) {
      this.#news = false;
      const announced = this.#announced.splice(0);
      const remembered = hub.remembered(this.#position, pageChanges);
      const page = remembered ?? (await feed.since(this.#position, pageChanges)).map(encodeFrame);
      if (!remembered) fromDatabase += page.length;
      if (fromDatabase > maxCatchUp) return this.#lost(await feed.latestId());
      if (page.length === pageChanges) this.#news = true;
      await this.#send([...page, ...announced]);
    }
  }

  async #send(frames: readonly Frame[]): Promise<void> {
    const { kinds } = this.#options;
    let text = '';
    for (const frame of frames) {
      this.#position = Math.max(this.#position, frame.id);
      if (kinds && !kinds.includes(frame.kind)) continue;
      text += frame.text;
      if (text.length < pageChars) continue;
      await this.#write(text);
      text = '';
    }
    if (text !== '') await this.#write(text);
  }

  async #write(text: string): Promise<void> {
    const { response, clock } = this.#options;
    if (this.#isEnded || response.write(text)) return;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#ended.signal]);
    const overdue = clock.sleep(drainLimitMs, signal).then(() => this.#lost(this.#position));
    await Promise.race([once(response, 'drain', { signal }), overdue]).catch(() => {}); // Ended meanwhile.
    over.abort();
    await overdue.catch(() => {});
  }

  #lost(id: number): void {
    if (this.#isEnded) return;
    const { response, log } = this.#options;
    log.info({ id }, 'a reader of the live stream lost track and is sent away');
    response.write(`event: lost\nid: ${id}\ndata: {"id":${id}}\n\n`);
    this.end();
    setTimeout(() => response.destroy(), lingerMs).unref();
  }
}
