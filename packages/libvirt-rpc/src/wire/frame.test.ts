import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  type Frame,
  FrameError,
  type FrameHeader,
  FrameReader,
  maxFrameBytes,
  minFrameBytes,
} from './frame.ts';

const header: FrameHeader = {
  program: 0x2000_8086,
  version: 1,
  procedure: 212,
  type: 0,
  serial: 7,
  status: 0,
};

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const anyHeader = fc.record({
  program: u32,
  version: u32,
  procedure: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  type: u32,
  serial: u32,
  status: u32,
});
const anyFrame = fc.record({ header: anyHeader, body: fc.uint8Array({ maxLength: 600 }) });

describe('a frame', () => {
  it('is its length, six words of header, and its body', () => {
    const bytes = encodeFrame(header, to => to.u32(0xfeed));
    // prettier-ignore
    expect([...bytes]).toEqual([
      0x00,
      0x00,
      0x00,
      0x20, // length 32: itself, 24 bytes of header, 4 of body
      0x20,
      0x00,
      0x80,
      0x86, // program REMOTE
      0x00,
      0x00,
      0x00,
      0x01, // version
      0x00,
      0x00,
      0x00,
      0xd4, // procedure 212
      0x00,
      0x00,
      0x00,
      0x00, // type CALL
      0x00,
      0x00,
      0x00,
      0x07, // serial
      0x00,
      0x00,
      0x00,
      0x00, // status OK
      0x00,
      0x00,
      0xfe,
      0xed, // body
    ]);
  });

  it('over the limit is not made', () => {
    const tooLong = maxFrameBytes - minFrameBytes + 4;
    expect(() => encodeFrame(header, to => to.opaque(Buffer.alloc(tooLong)))).toThrow(RangeError);
  });
});

describe('a stream of frames', () => {
  it('comes out as it went in, however it was cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 300 })),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames.map(({ header, body }) => frameBytes(header, body)));
          const received = readAll(pieces(bytes, cuts));
          expect(received).toEqual(
            frames.map(({ header, body }) => ({ ...header, body: Buffer.from(body) })),
          );
        },
      ),
    );
  });

  it('comes out byte by byte, each frame with its last byte and not before', () => {
    const bytes = Buffer.concat([
      frameBytes(header, Buffer.from('abcd')),
      frameBytes({ ...header, serial: 8 }),
    ]);
    const reader = new FrameReader();
    const completedAt: number[] = [];
    for (const [index, byte] of bytes.entries()) {
      reader.push(Buffer.of(byte));
      for (let frame = reader.next(); frame; frame = reader.next()) completedAt.push(index + 1);
    }
    expect(completedAt).toEqual([32, 60]);
    expect(reader.buffered).toBe(0);
  });

  it('cut short leaves its bytes waiting', () => {
    const whole = frameBytes(header, Buffer.from('abcdefgh'));
    for (let length = 0; length < whole.length; length += 1) {
      const reader = new FrameReader();
      reader.push(whole.subarray(0, length));
      expect(reader.next()).toBeUndefined();
      expect(reader.buffered).toBe(length);
    }
  });
});

describe('a length', () => {
  it.each([0, 1, 4, 27, maxFrameBytes + 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])(
    'of %d is refused, for good',
    length => {
      const reader = new FrameReader();
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(length);
      reader.push(bytes);
      expect(() => reader.next()).toThrow(
        new FrameError(`expected a frame length from 28 to 33554436 bytes, found ${length}`),
      );
      reader.push(frameBytes(header));
      expect(() => reader.next()).toThrow(FrameError);
    },
  );

  it('of the least and of the most bytes is legal', () => {
    for (const length of [minFrameBytes, maxFrameBytes]) {
      const reader = new FrameReader();
      const bytes = Buffer.alloc(length);
      bytes.writeUInt32BE(length);
      reader.push(bytes.subarray(0, length - 1));
      expect(reader.next()).toBeUndefined();
      reader.push(bytes.subarray(length - 1));
      expect(reader.next()?.body.length).toBe(length - minFrameBytes);
    }
  });

  it('is judged as soon as its four bytes are there, split or not', () => {
    const reader = new FrameReader();
    for (const byte of [0xff, 0xff, 0xff]) {
      reader.push(Buffer.of(byte));
      expect(reader.next()).toBeUndefined();
    }
    reader.push(Buffer.of(0xff));
    expect(() => reader.next()).toThrow(FrameError);
  });
});

describe('random bytes', () => {
  it('become frames, wait for more, or are refused; nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 })), chunks => {
        const reader = new FrameReader();
        let taken = 0;
        let given = 0;
        try {
          for (const chunk of chunks) {
            reader.push(Buffer.from(chunk));
            given += chunk.length;
            for (let frame = reader.next(); frame; frame = reader.next())
              taken += minFrameBytes + frame.body.length;
          }
          expect(taken + reader.buffered).toBe(given);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });
});

const frameBytes = (frame: FrameHeader, body: Uint8Array = Buffer.alloc(0)): Buffer => {
  const head = encodeFrame(frame);
  head.writeUInt32BE(head.length + body.length);
  return Buffer.concat([head, body]);
};

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const parts: Buffer[] = [];
  let rest = bytes;
  for (const cut of cuts) {
    parts.push(rest.subarray(0, cut));
    rest = rest.subarray(cut);
  }
  return [...parts, rest];
}

function readAll(chunks: readonly Buffer[]): Frame[] {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame);
  }
  return frames;
}
