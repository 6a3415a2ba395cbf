import type { ReportedAnswer } from '@instance-ha/ports';
import { MonitorAnswerSchema } from '@instance-ha/recovery';
import type { RecordFile } from './options.ts';

type Entry = { answer: ReportedAnswer | null };

/** What this host's monitors have begun and not reported: on disk before it is begun, so that nothing is begun twice. */
export class ActionJournal {
  readonly #file: RecordFile;
  readonly #entries = new Map<string, Entry>();
  #writing: Promise<unknown> = Promise.resolve();

  constructor(file: RecordFile) {
    this.#file = file;
  }

  async open(): Promise<void> {
    const saved = await this.#file.load();
    if (typeof saved !== 'object' || saved === null) return;
    for (const [uuid, entry] of Object.entries(saved).slice(-keptMax))
      this.#entries.set(uuid, { answer: answerOf(entry) });
  }

  of(uuid: string): Entry | undefined {
    return this.#entries.get(uuid);
  }

  /** Rejects when it is not on disk: then it is not begun. */
  async begin(uuid: string): Promise<void> {
    this.#entries.set(uuid, { answer: null });
    try {
      await this.#save();
    } catch (error) {
      this.#entries.delete(uuid);
      throw error;
    }
  }

  async end(uuid: string, answer: ReportedAnswer): Promise<void> {
    this.#entries.set(uuid, { answer });
    await this.#save();
  }

  /** It was reported. An entry that stays on disk harms nobody: no action is given twice under one name. */
  async forget(uuid: string): Promise<void> {
    if (this.#entries.delete(uuid)) await this.#save().catch(() => {});
  }

  /** One write after the other, each of everything. */
  #save(): Promise<void> {
    const next = this.#writing.then(() => this.#file.save(Object.fromEntries(this.#entries)));
    this.#writing = next.catch(() => {});
    return next;
  }
}

/** More than can be open at once; what is older was given up by everybody. */
const keptMax = 200;

/** An answer that cannot be read is none: what was begun is then in doubt. */
function answerOf(entry: unknown): ReportedAnswer | null {
  const { answer } = (entry ?? {}) as { answer?: unknown };
  const read = MonitorAnswerSchema.safeParse(answer);
  if (!read.success || read.data.outcome === 'expired') return null;
  return { ...read.data, outcome: read.data.outcome };
}
