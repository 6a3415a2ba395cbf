import { toRecord } from '@instance-ha/guest-health';
import { Doorbell } from '@instance-ha/runtime';
import type { Filing } from './filing.ts';
import type { PatrolOptions } from './options.ts';
import type { Watch } from './watch.ts';

/**
 * Keeps on disk what must survive a restart: who proved its heartbeat in which boot, and which incidents were filed.
 *
 * A record that knows an incident is never written before that incident is in the spool: a monitor that dies between
 * the two files it again under the same key, and the database keeps one. And no incident is delivered before the record
 * knows it: else a worker could have restarted the guest already when a new monitor finds it alive, in a life of which it
 * does not know that it followed an incident, and nobody would ever tell that the guest was heard again.
 */
export class RecordKeeping {
  readonly #options: PatrolOptions;
  readonly #watch: Watch;
  readonly #filing: Filing;
  #dirty = false;
  #saving: Promise<void> | undefined;
  readonly #changed: Doorbell;

  constructor(options: PatrolOptions, watch: Watch, filing: Filing) {
    this.#options = options;
    this.#changed = new Doorbell({ clock: options.clock });
    this.#watch = watch;
    this.#filing = filing;
  }

  /** What is believed changed. */
  soon(): void {
    this.#dirty = true;
    this.#changed.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.#changed.wait({ signal });
      await clock.sleep(gatherMs, signal).catch(() => {});
      if (this.#dirty) await this.save();
    }
  }

  /** Resolves when nothing is believed that is not on disk, or when a write was tried and refused. */
  async settled(): Promise<void> {
    if (this.#saving) await this.#saving;
    if (this.#dirty) await this.save();
  }

  /** Writes the record as soon as everything filed is on disk. A record that cannot be written is told and tried again. */
  async save(): Promise<void> {
    while (this.#saving) await this.#saving;
    this.#saving = this.#write();
    try {
      await this.#saving;
    } finally {
      this.#saving = undefined;
    }
  }

  async #write(): Promise<void> {
    const { clock, record, log } = this.#options;
    await this.#filing.settled();
    this.#dirty = false;
    const snapshot = toRecord(this.#watch.state, clock.monotonicMs(), clock.wallMs());
    try {
      await record.save(snapshot);
    } catch (error) {
      this.soon();
      log.error(
        { error },
        'the record of guests could not be written: a restart of this monitor would forget who was heard',
      );
    }
  }
}

const gatherMs = 200;
