import { createHash } from 'node:crypto';

/** RFC 9562 version 5 in a namespace of our own: the same name has the same UUID in every process and for ever. */
export function nameUuid(name: string): string {
  const bytes = createHash('sha1').update(namespace).update(name, 'utf8').digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const namespace = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex'); // The RFC's namespace for URLs.

/** The UUID of a host that is in no segment, made of its name: Masakari's wire has no other way to name it. */
export const hostUuid = (host: string): string => nameUuid(`instance-ha:host:${host}`);
