/** A UUID is a dashed lower-case string in this package, and 16 raw bytes without a length on the wire. */

import type { Codec } from './wire/codec.ts';

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function uuidToBytes(uuid: string): Buffer {
  if (!shape.test(uuid)) throw new RangeError(`expected a UUID with dashes, found ${JSON.stringify(uuid)}`);
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

export function uuidFromBytes(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** `remote_uuid`: opaque, VIR_UUID_BUFLEN (16) bytes. */
export const uuid: Codec<string> = {
  write: (to, value) => to.opaque(uuidToBytes(value)),
  read: from => uuidFromBytes(from.opaque(16)),
};
