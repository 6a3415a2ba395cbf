/**
 * What ends a wait early: the change feed tells of new work, of guests that were heard, of pauses that were lifted. It only
 * ever saves time: every wait also looks by itself, so a change that is lost is found a little later.
 */
import type { Change, ChangeFeed, Clock, Logger } from '@instance-ha/ports';
import { backoffMs } from '@instance-ha/runtime';

/** A bell that remembers: ringing it before anybody waits ends the next wait at once. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when it was rung since the last wait, or after `ms`; rejects when `signal` aborts. */
  async wait(ms: number, options: { clock: Clock; signal: AbortSignal }): Promise<void> {
    const { clock, signal } = options;
    signal.throwIfAborted();
    if (!this.#rung) {
      const rung = new AbortController();
      this.#wake = () => rung.abort();
      try {
        await clock.sleep(ms, AbortSignal.any([signal, rung.signal]));
      } catch (error) {
        if (signal.aborted) throw error;
      } finally {
        this.#wake = undefined;
      }
    }
    this.#rung = false;
  }
}

/** What one recovery wants to be told of. */
export type Watcher = {
  instanceUuid: string;
  host: string;
  notificationUuid: string;
  /** Something may have changed: look again at what you wait for. */
  bell: Bell;
  /** A further notification of the instance was filed. */
  furtherFiled: boolean;
  /** Somebody ruled about it, or may have: ask. */
  ruled: boolean;
};

export class Wakes {
  /** Rung when there may be something to claim. */
  readonly work = new Bell();
  readonly #watchers = new Set<Watcher>();

  watch(told: Omit<Watcher, 'bell' | 'furtherFiled' | 'ruled'>): Watcher & { leave(): void } {
    const watcher = { ...told, bell: new Bell(), furtherFiled: false, ruled: false, leave: () => {} };
    watcher.leave = () => this.#watchers.delete(watcher);
    this.#watchers.add(watcher);
    return watcher;
  }

  all(): void {
    this.work.ring();
    for (const { bell } of this.#watchers) bell.ring();
  }

  /** Changes may have been lost. */
  unsure(): void {
    for (const watcher of this.#watchers) watcher.ruled = true;
    this.all();
  }

  tell({ kind, subject, data }: Change): void {
    switch (kind) {
      case 'notification': {
        const { what, type, host, instanceUuid } = (data ?? {}) as Record<string, unknown>;
        // A claim or a note frees nothing; only these can make something claimable.
        if (what !== 'filed' && what !== 'ended' && what !== 'released' && what !== 'ruled') return;
        this.work.ring();
        for (const watcher of this.#watchers) {
          const isRuled = what === 'ruled' && watcher.notificationUuid === subject;
          if (isRuled) watcher.ruled = true;
          // A host that waits for its turn, or one that is held and reported again.
          const ofHosts = type === 'COMPUTE_HOST' && watcher.instanceUuid === '';
          if (isRuled || (ofHosts && (what === 'ended' || watcher.host === host))) watcher.bell.ring();
        }
        if (what !== 'filed') return;
        for (const watcher of this.#watchers) {
          if (watcher.instanceUuid !== instanceUuid || watcher.notificationUuid === subject) continue;
          watcher.furtherFiled = true;
          watcher.bell.ring();
        }
        return;
      }
      case 'guest':
        for (const watcher of this.#watchers) if (watcher.instanceUuid === subject) watcher.bell.ring();
        return;
      case 'monitor':
      case 'action':
        for (const watcher of this.#watchers) if (watcher.host === subject) watcher.bell.ring();
        return;
      case 'pause':
        this.all();
        return;
      case 'worker':
      case 'configuration':
      case 'operation':
        return; // No recovery waits for these.
    }
  }
}

/** Follows the change feed until `signal` aborts, trying again while it cannot be followed. */
export async function follow(options: {
  changes: ChangeFeed;
  wakes: Wakes;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { changes, wakes, clock, log, signal } = options;
  const listener = { onChange: (change: Change) => wakes.tell(change), onLost: () => wakes.unsure() };
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      await changes.subscribe(listener, signal);
      wakes.unsure(); // What changed before is not told.
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (failures === 1)
        log.warn({ error }, 'the change feed cannot be followed: looking for work by itself');
      await clock.sleep(backoffMs({ firstMs: 200, maxMs: 5000 }, failures), signal).catch(() => {});
    }
  }
}
