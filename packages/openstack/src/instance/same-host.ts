/**
 * Whether a monitor and Nova mean the same host. Nova's is `OS-EXT-SRV-ATTR:host`, the `host` of nova.conf; never the
 * hypervisor's own name. Upper case and lower case are the same, and a short name is the same as a full one that begins
 * with it.
 */
export function isSameHost(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}
