/**
 * XDR (RFC 4506), as far as libvirt uses it: big-endian, every item padded to four bytes.
 *
 * A reader never reads past its bytes and never allocates by a length it has not checked against what is
 * left, so a malformed body costs an `XdrError` and nothing else. 64-bit integers are BigInt, always.
 */

/** A body that does not hold what its description says. Internal: callers see a `LibvirtError`. */
export class XdrError extends Error {
  override name = 'XdrError';
}

const padded = (length: number): number => (length + 3) & ~3;

export class XdrReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  i32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  u64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#take(8));
  }

  i64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  double(): number {
    return this.#bytes.readDoubleBE(this.#take(8));
  }

  /** XDR's boolean, and the mark before an optional value: exactly 0 or 1. */
  bool(): boolean {
    const value = this.u32();
    if (value > 1) throw new XdrError(`expected a boolean (0 or 1), found ${value}`);
    return value === 1;
  }

  /** Bytes of a length both sides know. The result shares the body's memory. */
  opaque(length: number): Buffer {
    const start = this.#take(padded(length));
    return this.#bytes.subarray(start, start + length);
  }

  /** UTF-8 text of at most `maxBytes`. Bytes that are not UTF-8 come out as U+FFFD. */
  string(maxBytes: number): string {
    const length = this.u32();
    if (length > maxBytes)
      throw new XdrError(`expected a string of at most ${maxBytes} bytes, found ${length}`);
    const start = this.#take(padded(length));
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** The count before a list's items. Refused when it is over `maxItems`, or when the rest cannot hold it. */
  count(maxItems: number): number {
    const count = this.u32();
    if (count > maxItems) throw new XdrError(`expected a list of at most ${maxItems} items, found ${count}`);
    if (count > this.remaining / 4)
      throw new XdrError(`a list of ${count} items cannot fit in ${this.remaining} bytes`);
    return count;
  }

  /** Every byte must have been read: a longer body means that we misunderstand it. */
  end(): void {
    if (this.remaining !== 0)
      throw new XdrError(`expected the body to end here, found ${this.remaining} more bytes`);
  }

  #take(length: number): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) {
      throw new XdrError(`expected ${length} more bytes, found ${this.#bytes.length - start}`);
    }
    this.#offset = start + length;
    return start;
  }
}

/** Writes into one growing buffer. A value outside its wire type is the caller's mistake: `RangeError`. */
export class XdrWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(initialBytes = 256) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  u32(value: number): void {
    requireInteger(value, 0, 0xffff_ffff);
    const start = this.#grow(4);
    this.#bytes.writeUInt32BE(value, start);
  }

  i32(value: number): void {
    requireInteger(value, -0x8000_0000, 0x7fff_ffff);
    const start = this.#grow(4);
    this.#bytes.writeInt32BE(value, start);
  }

  u64(value: bigint): void {
    const start = this.#grow(8);
    this.#bytes.writeBigUInt64BE(value, start);
  }

  i64(value: bigint): void {
    const start = this.#grow(8);
    this.#bytes.writeBigInt64BE(value, start);
  }

  double(value: number): void {
    const start = this.#grow(8);
    this.#bytes.writeDoubleBE(value, start);
  }

  bool(value: boolean): void {
    this.u32(value ? 1 : 0);
  }

  opaque(value: Uint8Array): void {
    const start = this.#grow(padded(value.length));
    this.#bytes.fill(0, start + value.length, this.#length);
    this.#bytes.set(value, start);
  }

  string(value: string, maxBytes: number): void {
    const length = Buffer.byteLength(value);
    if (length > maxBytes)
      throw new RangeError(`a string of ${length} bytes is longer than the wire allows (${maxBytes})`);
    this.u32(length);
    const start = this.#grow(padded(length));
    this.#bytes.fill(0, start + length, this.#length);
    this.#bytes.write(value, start, 'utf8');
  }

  /** Overwrites four bytes written before, for a length known only at the end. */
  patchU32(offset: number, value: number): void {
    this.#bytes.writeUInt32BE(value, offset);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far. Nothing may be written afterwards: the bytes are not copied. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(by: number): number {
    const start = this.#length;
    const needed = start + by;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    this.#length = needed;
    return start;
  }
}

function requireInteger(value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`expected an integer from ${least} to ${most}, found ${value}`);
  }
}
