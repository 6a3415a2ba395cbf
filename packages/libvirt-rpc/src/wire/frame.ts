/**
 * libvirt's RPC frames, both directions. Knows no procedure.
 *
 *   u32 length, itself included │ u32 program │ u32 version │ i32 procedure │ u32 type │ u32 serial │ u32 status │ body
 *
 * Invariant: once a length was outside `minFrameBytes … maxFrameBytes` nothing after it can be trusted, so
 * the reader throws and stays broken; the connection must end.
 *
 * Source: libvirt `src/rpc/virnetprotocol.x` (virNetMessageHeader, VIR_NET_MESSAGE_MAX,
 * VIR_NET_MESSAGE_LEN_MAX, virNetMessageType, virNetMessageStatus).
 */

import { XdrWriter } from './xdr.ts';

/** Length word and header, without a body. */
export const minFrameBytes = 28;

/** VIR_NET_MESSAGE_MAX, plus the length word that it does not count. */
export const maxFrameBytes = 33_554_432 + 4;

/** `virNetMessageType`, without its prefix `VIR_NET_`. */
export const MessageType = {
  CALL: 0,
  REPLY: 1,
  MESSAGE: 2,
  STREAM: 3,
  CALL_WITH_FDS: 4,
  REPLY_WITH_FDS: 5,
  STREAM_HOLE: 6,
} as const;

/** `virNetMessageStatus`, without its prefix `VIR_NET_`. */
export const MessageStatus = { OK: 0, ERROR: 1, CONTINUE: 2 } as const;

export type FrameHeader = {
  program: number;
  version: number;
  procedure: number;
  type: number;
  /** Chosen by the caller and echoed in the reply. Means nothing in a message (libvirtd's events carry 1, keepalive 0). */
  serial: number;
  status: number;
};

/** `body` shares memory with what was received: decode it at once, or copy it. */
export type Frame = FrameHeader & { body: Buffer };

/** A length word outside the legal range. */
export class FrameError extends Error {
  override name = 'FrameError';
}

/** One frame as bytes. A body over the limit is the caller's mistake: `RangeError`. */
export function encodeFrame(header: FrameHeader, writeBody?: (to: XdrWriter) => void): Buffer {
  const writer = new XdrWriter();
  writer.u32(0);
  writer.u32(header.program);
  writer.u32(header.version);
  writer.i32(header.procedure);
  writer.u32(header.type);
  writer.u32(header.serial);
  writer.u32(header.status);
  writeBody?.(writer);
  if (writer.length > maxFrameBytes) {
    throw new RangeError(
      `a frame of ${writer.length} bytes is longer than the wire allows (${maxFrameBytes})`,
    );
  }
  writer.patchU32(0, writer.length);
  return writer.bytes();
}

/**
 * Cuts a byte stream into frames: `push` what arrived, then take frames by `next` until it has none.
 * A frame that spans many chunks is joined once, when its last byte is there.
 */
export class FrameReader {
  #chunks: Buffer[] = [];
  #buffered = 0;
  #broken: FrameError | undefined;

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
  }

  /** Bytes that are here but do not make a whole frame yet (after `next` returned undefined). */
  get buffered(): number {
    return this.#buffered;
  }

  /** The next whole frame, or undefined until more bytes come. Throws `FrameError` on an illegal length. */
  next(): Frame | undefined {
    if (this.#broken) throw this.#broken;
    if (this.#buffered < 4) return undefined;

    const length = this.#peekLength();
    if (length < minFrameBytes || length > maxFrameBytes) {
      this.#chunks = [];
      this.#broken = new FrameError(
        `expected a frame length from ${minFrameBytes} to ${maxFrameBytes} bytes, found ${length}`,
      );
      throw this.#broken;
    }
    return this.#buffered < length ? undefined : parseFrame(this.#take(length));
  }

  #peekLength(): number {
    const [first] = this.#chunks;
    if (first && first.length >= 4) return first.readUInt32BE(0);
    let length = 0;
    let seen = 0;
    for (const chunk of this.#chunks) {
      for (const byte of chunk) {
        length = length * 256 + byte;
        seen += 1;
        if (seen === 4) return length;
      }
    }
    return length;
  }

  #take(length: number): Buffer {
    const [first] = this.#chunks;
    const whole = first && first.length >= length ? first : Buffer.concat(this.#chunks, this.#buffered);
    const rest = whole.subarray(length);
    if (whole === first) {
      if (rest.length > 0) this.#chunks[0] = rest;
      else this.#chunks.shift();
    } else {
      this.#chunks = rest.length > 0 ? [rest] : [];
    }
    this.#buffered -= length;
    return whole.subarray(0, length);
  }
}

function parseFrame(bytes: Buffer): Frame {
  return {
    program: bytes.readUInt32BE(4),
    version: bytes.readUInt32BE(8),
    procedure: bytes.readInt32BE(12),
    type: bytes.readUInt32BE(16),
    serial: bytes.readUInt32BE(20),
    status: bytes.readUInt32BE(24),
    body: bytes.subarray(minFrameBytes),
  };
}
