/**
 * A durable first-in first-out store of JSON values in one file: what was appended survives kill -9 and power loss,
 * until it is acknowledged.
 *
 * The file is a log of lines, `<crc32 of the rest, 8 hex digits> <rest>\n`, where the rest is `+<sequence> <json>` for
 * an entry or `-<sequence>` for its acknowledgement. Appends that arrive together share one fsync. A half-written last
 * line is what a crash leaves: it was never promised, and is cut off. A damaged line elsewhere is kept aside in
 * `<file>.damaged` and told. When nothing waits the file is emptied, and rewritten when it outgrows what waits.
 */
import { appendFile, type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

export type SpoolEntry<T> = { sequence: number; value: T };

export type SpoolOptions = {
  file: string;
  /** Entries it holds at the most; beyond it `append` answers `full`. */
  entryLimit: number;
  /** Called for each line that could not be read at opening. */
  onDamage?: (damage: { line: number; reason: string }) => void;
};

/** The log is rewritten when it is larger than this and holds more acknowledged entries than waiting ones. */
const rewriteAboveBytes = 1024 * 1024;

export class Spool<T> {
  readonly #file: string;
  readonly #entryLimit: number;
  readonly #waiting: Map<number, T>;
  #handle: FileHandle;
  #nextSequence: number;
  #sizeBytes: number;
  /** Entries the log holds that nobody waits for any more. */
  #acknowledged = 0;
  #unwritten: Unwritten[] = [];
  #flushing: Promise<void> | undefined;
  /** A write failed: what it left behind the sound part must go before the next. */
  #torn = false;
  #closed = false;

  private constructor(options: SpoolOptions, handle: FileHandle, content: Content<T>) {
    this.#file = options.file;
    this.#entryLimit = options.entryLimit;
    this.#handle = handle;
    this.#waiting = content.waiting;
    this.#nextSequence = content.lastSequence + 1;
    this.#sizeBytes = content.sizeBytes;
  }

  /** Opens or creates the file. Rejects with the file system's error when it cannot. */
  static async open<T>(options: SpoolOptions): Promise<Spool<T>> {
    const handle = await open(options.file, 'a+', 0o600);
    try {
      const bytes = await readFile(options.file);
      const content = parse<T>(bytes);
      for (const damage of content.damaged) {
        await appendFile(`${options.file}.damaged`, `${damage.text}\n`, { mode: 0o600 });
        options.onDamage?.({ line: damage.line, reason: damage.reason });
      }
      if (content.sizeBytes < bytes.length) await handle.truncate(content.sizeBytes);
      await handle.sync();
      await syncFolder(options.file);
      return new Spool(options, handle, content);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** How many entries wait. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** Entries that wait, oldest first. */
  waiting(limit: number): SpoolEntry<T>[] {
    const entries: SpoolEntry<T>[] = [];
    for (const [sequence, value] of this.#waiting) {
      if (entries.length >= limit) break;
      entries.push({ sequence, value });
    }
    return entries;
  }

  /** Resolves when the value is on disk, with its sequence, or to `full`. Rejects when it could not be written: it then does not wait. */
  async append(value: T): Promise<number | 'full'> {
    if (this.#waiting.size >= this.#entryLimit) return 'full';
    const sequence = this.#nextSequence++;
    this.#waiting.set(sequence, value);
    try {
      await this.#write(`+${sequence} ${JSON.stringify(value)}`);
      return sequence;
    } catch (error) {
      this.#waiting.delete(sequence);
      throw error;
    }
  }

  /** Forgets an entry. A crash right after may bring it back: acknowledge only what may safely be handed on twice. */
  async acknowledge(sequence: number): Promise<void> {
    if (!this.#waiting.delete(sequence)) return;
    this.#acknowledged += 1;
    await this.#write(`-${sequence}`);
    if (this.#isWorthRewriting()) await this.#rewrite();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#flushing?.catch(() => {});
    await this.#handle.close();
  }

  #isWorthRewriting(): boolean {
    if (this.#waiting.size === 0) return this.#acknowledged > 0;
    return this.#sizeBytes > rewriteAboveBytes && this.#acknowledged > this.#waiting.size;
  }

  /** Settles with the write that this line is part of. */
  #write(rest: string): Promise<void> {
    if (this.#closed) return Promise.reject(new Error(`the spool ${this.#file} is closed`));
    return new Promise((resolve, reject) => {
      this.#unwritten.push({ text: line(rest), resolve, reject });
      void this.#flush();
    });
  }

  /** One write and one fsync for all lines that gathered while the one before was under way. */
  async #flush(): Promise<void> {
    while (this.#flushing) await this.#flushing.catch(() => {});
    const batch = this.#unwritten;
    if (batch.length === 0) return;
    this.#unwritten = [];
    const flushing = this.#append(batch.map(({ text }) => text).join(''));
    this.#flushing = flushing;
    try {
      await flushing;
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      if (this.#flushing === flushing) this.#flushing = undefined;
    }
  }

  async #append(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    if (this.#torn) await this.#handle.truncate(this.#sizeBytes);
    this.#torn = true;
    await this.#handle.appendFile(bytes);
    await this.#handle.datasync();
    this.#torn = false;
    this.#sizeBytes += bytes.length;
  }

  /** Replaces the log by one that holds only what waits, in one rename. */
  async #rewrite(): Promise<void> {
    while (this.#flushing) await this.#flushing.catch(() => {});
    if (this.#closed || this.#unwritten.length > 0 || !this.#isWorthRewriting()) return;
    const flushing = this.#replace();
    this.#flushing = flushing;
    try {
      await flushing;
    } finally {
      if (this.#flushing === flushing) this.#flushing = undefined;
    }
  }

  async #replace(): Promise<void> {
    // The last sequence is kept by an acknowledgement of it, so that numbers never start again. It stands before the
    // entries and so takes none away.
    const lines = [line(`-${this.#nextSequence - 1}`)];
    for (const [sequence, value] of this.#waiting) lines.push(line(`+${sequence} ${JSON.stringify(value)}`));
    const bytes = Buffer.from(lines.join(''));
    const next = await open(`${this.#file}.next`, 'w', 0o600);
    await next.appendFile(bytes);
    await next.datasync();
    await next.close();
    await rename(`${this.#file}.next`, this.#file);
    await syncFolder(this.#file);
    await this.#handle.close();
    this.#handle = await open(this.#file, 'a+', 0o600);
    this.#sizeBytes = bytes.length;
    this.#acknowledged = 0;
    this.#torn = false;
  }
}

type Unwritten = { text: string; resolve: () => void; reject: (error: unknown) => void };

type Content<T> = {
  waiting: Map<number, T>;
  lastSequence: number;
  /** Length of the sound part of the file. */
  sizeBytes: number;
  damaged: { line: number; reason: string; text: string }[];
};

function parse<T>(bytes: Buffer): Content<T> {
  const content: Content<T> = {
    waiting: new Map(),
    lastSequence: 0,
    sizeBytes: bytes.lastIndexOf(0x0a) + 1,
    damaged: [],
  };
  const lines = bytes.subarray(0, content.sizeBytes).toString('utf8').split('\n').slice(0, -1);
  for (const [index, text] of lines.entries()) {
    const rest = text.slice(9);
    const match = /^([+-])(\d{1,15})(?: (.*))?$/su.exec(rest);
    if (checksum(rest) !== text.slice(0, 8) || !match) {
      content.damaged.push({ line: index + 1, reason: 'its checksum does not fit', text });
      continue;
    }
    const sequence = Number(match[2]);
    content.lastSequence = Math.max(content.lastSequence, sequence);
    if (match[1] === '-') content.waiting.delete(sequence);
    else content.waiting.set(sequence, JSON.parse(match[3] ?? 'null') as T);
  }
  return content;
}

const checksum = (rest: string): string => crc32(rest).toString(16).padStart(8, '0');
const line = (rest: string): string => `${checksum(rest)} ${rest}\n`;

async function syncFolder(file: string): Promise<void> {
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
