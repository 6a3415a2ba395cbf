import { incidentKey } from '@instance-ha/notification';
import type { NotificationSpool, RecordFile } from '@instance-ha/patrol';
import type { Clock, FiledNotification } from '@instance-ha/ports';
import type { Program } from './program.ts';

/** One way of an fsync: what was not acknowledged when the program dies may or may not be there. */
const wayMs = 2;

/** The state folder of one host's monitor. It survives the monitor, whatever happens to that. */
export class Disk {
  /** Every notification that was ever spooled here, by its incident key. */
  readonly spooled = new Map<string, FiledNotification>();
  readonly #clock: Clock;
  readonly #onSpooled: (notification: FiledNotification) => void;
  readonly #onDefect: (defect: string) => void;
  #waiting: { sequence: number; value: FiledNotification }[] = [];
  #sequence = 0;
  #record: unknown;
  readonly #files = new Map<string, unknown>();
  #fault: string | undefined;
  #mendedMs = Number.NEGATIVE_INFINITY;

  constructor(options: {
    clock: Clock;
    onSpooled: (notification: FiledNotification) => void;
    onDefect: (defect: string) => void;
  }) {
    this.#clock = options.clock;
    this.#onSpooled = options.onSpooled;
    this.#onDefect = options.onDefect;
  }

  /** From now on nothing can be written, for this reason; `undefined` mends it. */
  setFault(fault: string | undefined): void {
    if (this.#fault !== undefined) this.#mendedMs = this.#clock.monotonicMs();
    this.#fault = fault;
  }

  /** Whether it could not be written at any time within so long. */
  failedWithin(ms: number): boolean {
    return this.#fault !== undefined || this.#clock.monotonicMs() - this.#mendedMs <= ms;
  }

  get depth(): number {
    return this.#waiting.length;
  }

  spool(program: Program): NotificationSpool {
    const depth = () => this.#waiting.length;
    return {
      get depth() {
        return depth();
      },
      waiting: limit => structuredClone(this.#waiting.slice(0, limit)),
      append: value => {
        const written = structuredClone(value);
        return program.call(async () => this.#append(written), { wayMs, needsLife: true });
      },
      acknowledge: sequence =>
        program.call(async () => this.#acknowledge(sequence), { wayMs, needsLife: true }),
    };
  }

  recordFile(program: Program): RecordFile {
    return {
      load: () => program.call(async () => structuredClone(this.#record), { wayMs }),
      save: record => {
        const written: unknown = JSON.parse(JSON.stringify(record));
        return program.call(async () => this.#save(written), { wayMs, needsLife: true });
      },
    };
  }

  /** Any other file, replaced whole. */
  file(program: Program, name: string): RecordFile {
    return {
      load: () => program.call(async () => structuredClone(this.#files.get(name)), { wayMs }),
      save: record => {
        const written: unknown = JSON.parse(JSON.stringify(record));
        const write = async (): Promise<void> => {
          if (this.#fault !== undefined) throw new Error(this.#fault);
          this.#files.set(name, written);
        };
        return program.call(write, { wayMs, needsLife: true });
      },
    };
  }

  #append(value: FiledNotification): number {
    if (this.#fault !== undefined) throw new Error(this.#fault);
    this.#sequence += 1;
    this.#waiting.push({ sequence: this.#sequence, value });
    this.spooled.set(value.incidentKey, value);
    this.#onSpooled(value);
    return this.#sequence;
  }

  #acknowledge(sequence: number): void {
    this.#waiting = this.#waiting.filter(entry => entry.sequence !== sequence);
  }

  #save(record: unknown): void {
    if (this.#fault !== undefined) throw new Error(this.#fault);
    for (const key of incidentsIn(record)) {
      const known = [...this.spooled.keys()].some(spooled => spooled.endsWith(key));
      if (!known) this.#onDefect(`the record knows incident ${key}, which was never spooled`);
    }
    this.#record = record;
  }
}

/** The ends of the incident keys that a record of guests holds. Its host is not in it. */
function incidentsIn(record: unknown): string[] {
  const { guests } = record as {
    guests: { instanceUuid: string; incident: { boot: string; sequence: number } | null }[];
  };
  return guests.flatMap(({ instanceUuid, incident }) =>
    incident === null
      ? []
      : [
          incidentKey({ type: 'COMPUTE_INSTANCE', host: '', instanceUuid, ...incident }).replace(
            'instance/',
            '',
          ),
        ],
  );
}
