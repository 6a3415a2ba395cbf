/**
 * Descriptions of wire types that read and write with the same words, so that what the client writes and
 * what a server reads cannot drift apart.
 */

import { XdrReader, XdrWriter } from './xdr.ts';

export type Codec<T> = {
  readonly write: (to: XdrWriter, value: T) => void;
  readonly read: (from: XdrReader) => T;
};

export const u32: Codec<number> = { write: (to, value) => to.u32(value), read: from => from.u32() };
export const i32: Codec<number> = { write: (to, value) => to.i32(value), read: from => from.i32() };
export const u64: Codec<bigint> = { write: (to, value) => to.u64(value), read: from => from.u64() };

/** No body at all. */
export const nothing: Codec<void> = { write: () => {}, read: () => {} };

export const string = (maxBytes: number): Codec<string> => ({
  write: (to, value) => to.string(value, maxBytes),
  read: from => from.string(maxBytes),
});

/** XDR's optional value (`*` in an .x file). Absent is `undefined`. */
export const optional = <T>(item: Codec<T>): Codec<T | undefined> => ({
  write: (to, value) => {
    to.bool(value !== undefined);
    if (value !== undefined) item.write(to, value);
  },
  read: from => (from.bool() ? item.read(from) : undefined),
});

export const list = <T>(item: Codec<T>, maxItems: number): Codec<readonly T[]> => ({
  write: (to, items) => {
    if (items.length > maxItems)
      throw new RangeError(`${items.length} items are more than the wire allows (${maxItems})`);
    to.u32(items.length);
    for (const value of items) item.write(to, value);
  },
  read: from => {
    const count = from.count(maxItems);
    const items: T[] = [];
    for (let index = 0; index < count; index += 1) items.push(item.read(from));
    return items;
  },
});

/** Fields in the order they are written down here. */
export function struct<T extends object>(fields: { readonly [K in keyof T]: Codec<T[K]> }): Codec<T> {
  const names = Object.keys(fields) as (keyof T)[];
  return {
    write: (to, value) => {
      for (const name of names) fields[name].write(to, value[name]);
    },
    read: from => {
      const value = {} as T;
      for (const name of names) value[name] = fields[name].read(from);
      return value;
    },
  };
}

/** A whole body: every byte must be used. Throws `XdrError`. */
export function decode<T>(codec: Codec<T>, bytes: Buffer): T {
  const reader = new XdrReader(bytes);
  const value = codec.read(reader);
  reader.end();
  return value;
}

export function encode<T>(codec: Codec<T>, value: T): Buffer {
  const writer = new XdrWriter();
  codec.write(writer, value);
  return writer.bytes();
}
