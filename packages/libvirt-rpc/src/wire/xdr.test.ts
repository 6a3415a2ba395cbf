import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuid } from '../uuid.ts';
import { type Codec, decode, encode, i32, list, optional, string, struct, u32, u64 } from './codec.ts';
import { XdrError, XdrReader, XdrWriter } from './xdr.ts';

const anyU32 = fc.integer({ min: 0, max: 0xffff_ffff });
const anyI32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const anyU64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const anyText = fc.string({ unit: 'grapheme', maxLength: 40 });

describe('what is written can be read', () => {
  const roundTrip = <T>(name: string, codec: Codec<T>, values: fc.Arbitrary<T>) =>
    it(name, () => {
      fc.assert(
        fc.property(values, value => {
          const bytes = encode(codec, value);
          expect(bytes.length % 4).toBe(0);
          expect(decode(codec, bytes)).toEqual(value);
        }),
      );
    });

  roundTrip('u32', u32, anyU32);
  roundTrip('i32', i32, anyI32);
  roundTrip('u64', u64, anyU64);
  roundTrip('string', string(1_000), anyText);
  roundTrip('uuid', uuid, fc.uuid());
  roundTrip('optional', optional(string(1_000)), fc.option(anyText, { nil: undefined }));
  roundTrip('list', list(u64, 100), fc.array(anyU64, { maxLength: 100 }));
  roundTrip(
    'struct',
    struct<{ name: string; uuid: string; id: number }>({ name: string(1_000), uuid, id: i32 }),
    fc.record({ name: anyText, uuid: fc.uuid(), id: anyI32 }),
  );

  it('i64 and double', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.double(), (whole, broken) => {
        const writer = new XdrWriter(1);
        writer.i64(whole);
        writer.double(broken);
        const reader = new XdrReader(writer.bytes());
        expect([reader.i64(), reader.double()]).toEqual([whole, broken]);
      }),
    );
  });
});

describe('the bytes', () => {
  it('of a string are its length in bytes, UTF-8, and zeros up to four', () => {
    expect(encode(string(10), 'né').toString('hex')).toBe('00000003' + '6ec3a9' + '00');
  });
  it('of a UUID are 16, without a length', () => {
    expect(encode(uuid, '6695eb01-f6a4-8304-79aa-97f2502e193f').toString('hex')).toBe(
      '6695eb01f6a4830479aa97f2502e193f',
    );
  });
  it('of an absent value are one zero word', () => {
    expect(encode(optional(u64), undefined).toString('hex')).toBe('00000000');
  });
  it('keep 64 bits', () => {
    expect(encode(u64, 0xffff_ffff_ffff_fffen).toString('hex')).toBe('fffffffffffffffe');
  });
});

describe('a malformed body is refused', () => {
  const longList = list(u32, 100);
  it.each([
    ['cut short', () => decode(u64, Buffer.alloc(7)), 'expected 8 more bytes, found 7'],
    [
      'with bytes left over',
      () => decode(u32, Buffer.alloc(8)),
      'expected the body to end here, found 4 more bytes',
    ],
    [
      'with a string over its limit',
      () => decode(string(4), encode(string(5), 'abcde')),
      'at most 4 bytes, found 5',
    ],
    [
      'with a string longer than the body',
      () => decode(string(100), words(50)),
      'expected 52 more bytes, found 0',
    ],
    [
      'with a string cut in its padding',
      () => decode(string(9), words(5, 0x61626364)),
      'expected 8 more bytes, found 4',
    ],
    ['with a list over its limit', () => decode(list(u32, 1), words(2, 0, 0)), 'at most 1 items, found 2'],
    [
      'with a list that cannot fit',
      () => decode(longList, words(99, 0)),
      'a list of 99 items cannot fit in 4 bytes',
    ],
    [
      'with a mark that is no boolean',
      () => decode(optional(u32), words(2, 0)),
      'expected a boolean (0 or 1), found 2',
    ],
  ])('%s', (_what, read, message) => {
    expect(read).toThrow(XdrError);
    expect(read).toThrow(message);
  });

  it('whatever its bytes are, and never otherwise than by XdrError', () => {
    const codec = list(struct<{ name: string; id: bigint }>({ name: string(1_000), id: u64 }), 1_000);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        try {
          decode(codec, Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(XdrError);
        }
      }),
    );
  });
});

describe('a value outside its wire type is the caller’s mistake', () => {
  it.each([
    ['u32', () => encode(u32, -1)],
    ['u32 over 32 bits', () => encode(u32, 2 ** 32)],
    ['i32', () => encode(i32, 2 ** 31)],
    ['a fraction', () => encode(i32, 1.5)],
    ['u64', () => encode(u64, 2n ** 64n)],
    ['a long string', () => encode(string(3), 'abcd')],
    ['a long list', () => encode(list(u32, 1), [1, 2])],
    ['what is no UUID', () => encode(uuid, '6695eb01f6a4830479aa97f2502e193f')],
  ])('%s', (_what, write) => {
    expect(write).toThrow(RangeError);
  });
});

function words(...values: number[]): Buffer {
  const writer = new XdrWriter();
  for (const value of values) writer.u32(value);
  return writer.bytes();
}
