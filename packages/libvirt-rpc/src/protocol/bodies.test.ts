import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Codec, decode, encode } from '../wire/codec.ts';
import { XdrError } from '../wire/xdr.ts';
import {
  type ErrorBody,
  errorBody,
  type TypedParameter,
  TypedParameterType,
  typedParameter,
} from './bodies.ts';

const { INT, UINT, LLONG, ULLONG, DOUBLE, BOOLEAN, STRING } = TypedParameterType;
const i32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const field = fc.string({ maxLength: 20 });
const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 30 }), { nil: undefined });

const parameter: fc.Arbitrary<TypedParameter> = fc.oneof(
  fc.record({ field, type: fc.constant(INT), value: i32 }),
  fc.record({ field, type: fc.constant(UINT), value: fc.integer({ min: 0, max: 0xffff_ffff }) }),
  fc.record({
    field,
    type: fc.constant(LLONG),
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  }),
  fc.record({ field, type: fc.constant(ULLONG), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
  fc.record({ field, type: fc.constant(DOUBLE), value: fc.double() }),
  fc.record({ field, type: fc.constant(BOOLEAN), value: fc.boolean() }),
  fc.record({ field, type: fc.constant(STRING), value: fc.string({ unit: 'grapheme' }) }),
);

const failure: fc.Arbitrary<ErrorBody> = fc.record({
  code: i32,
  domain: i32,
  message: text,
  level: i32,
  dom: fc.option(fc.record({ name: field, uuid: fc.uuid(), id: i32 }), { nil: undefined }),
  str1: text,
  str2: text,
  str3: text,
  int1: i32,
  int2: i32,
  net: fc.option(fc.record({ name: field, uuid: fc.uuid() }), { nil: undefined }),
});

describe('what is written can be read:', () => {
  const survives =
    <T>(codec: Codec<T>) =>
    (value: T) => {
      expect(decode(codec, encode(codec, value))).toEqual(value);
    };
  it('a typed parameter of every type', () => {
    fc.assert(fc.property(parameter, survives(typedParameter)));
  });
  it('an error, whatever it carries', () => {
    fc.assert(fc.property(failure, survives(errorBody)));
  });
});

it('a typed parameter of a type nobody knows is refused, and named', () => {
  const bytes = encode(typedParameter, { field: 'x.y', type: INT, value: 1 });
  bytes.writeInt32BE(8, 8);
  expect(() => decode(typedParameter, bytes)).toThrow(
    new XdrError('expected a typed parameter type from 1 to 7 for "x.y", found 8'),
  );
});
