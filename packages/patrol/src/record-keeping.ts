import { toRecord } from '@instance-ha/guest-health';
import type { Filing } from './filing.ts';
import type { PatrolOptions } from './options.ts';
import type { Watch } from './watch.ts';

/**
 * Keeps on disk what must survive a restart: who proved its heartbeat in which boot, and which incidents were filed.
 *
 * A record that knows an incident is never written before that incident is in the spool: a monitor that dies between
 * the two files it again under the same key, and the database keeps one.
 */
export class RecordKeeping {
  readonly #options: PatrolOptions;
  readonly #watch: Watch;
  readonly #filing: Filing;
  #dirty = false;
  #wake: () => void = () => {};

  constructor(options: PatrolOptions, watch: Watch, filing: Filing) {
    this.#options = options;
    this.#watch = watch;
    this.#filing = filing;
  }

  /** What is believed changed. */
  soon(): void {
    this.#dirty = true;
    this.#wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      if (this.#dirty) await this.save();
      await clock.sleep(gatherMs, signal).catch(() => {});
      if (!this.#dirty) await this.#sleepUntilDirty(signal);
    }
  }

  /** Writes the record as soon as everything filed is on disk. A record that cannot be written is told and tried again. */
  async save(): Promise<void> {
    const { clock, record, log } = this.#options;
    await this.#filing.settled();
    this.#dirty = false;
    const snapshot = toRecord(this.#watch.state, clock.monotonicMs(), clock.wallMs());
    try {
      await record.save(snapshot);
    } catch (error) {
      this.#dirty = true;
      log.error({ error }, 'the record of guests could not be written: a restart of this monitor would forget who was heard');
    }
  }

  async #sleepUntilDirty(signal: AbortSignal): Promise<void> {
    await new Promise<void>(resolve => {
      const end = (): void => {
        signal.removeEventListener('abort', end);
        this.#wake = () => {};
        resolve();
      };
      signal.addEventListener('abort', end, { once: true });
      this.#wake = end;
    });
  }
}

const gatherMs = 200;
