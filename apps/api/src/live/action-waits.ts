import type { Clock } from '@instance-ha/ports';
import type { ChangeHub, HubReader } from './change-hub.ts';

/** Frames looked through at a time; what is not in memory any more counts as news. */
const framesMax = 500;

/** Monitors that wait for something to do: woken by the change feed, without a question to the database. */
export class ActionWaits {
  readonly #hub: ChangeHub;
  readonly #clock: Clock;
  readonly #ended = new AbortController();

  constructor(options: { hub: ChangeHub; clock: Clock }) {
    this.#hub = options.hub;
    this.#clock = options.clock;
  }

  get position(): number {
    return this.#hub.lastId;
  }

  /** True as soon as something was told of the actions of this host after `afterId`; false after `waitMs`, or when all waits end. */
  async news(host: string, { afterId, waitMs }: { afterId: number; waitMs: number }): Promise<boolean> {
    if (this.#ended.signal.aborted) return false;
    const over = new AbortController();
    const subject = `"subject":${JSON.stringify(host)}`;
    let position = afterId;
    const look = (): void => {
      for (let found = false; !found; ) {
        const frames = this.#hub.remembered(position, framesMax);
        if (frames?.length === 0) return;
        found = frames?.some(({ kind, text }) => kind === 'action' && text.includes(subject)) ?? true;
        position = frames?.at(-1)?.id ?? position;
      }
      over.abort();
    };
    const reader: HubReader = { onNews: look, onAnnounced: () => {}, onLost: () => over.abort() };
    const leave = this.#hub.add(reader);
    try {
      look();
      const both = AbortSignal.any([over.signal, this.#ended.signal]);
      await this.#clock.sleep(waitMs, both).catch(() => {});
    } finally {
      leave();
    }
    return over.signal.aborted;
  }

  /** Ends all waits, those to come too. */
  end(): void {
    this.#ended.abort();
  }
}
