import type { HostStore } from '@instance-ha/ports';
import type { KeyRing } from './key-ring.ts';

/** What became of the hosts: sealed anew, sealed with the current key already, changed meanwhile. */
export type Resealed = { resealed: number; current: number; changed: number };

/** Hosts read at once. */
const pageRows = 200;

/**
 * Seals the control attributes of every host with the key that seals now; afterwards the other keys may leave the key
 * file. May run beside everything else, and again. Rejects with the first seal that does not open.
 */
export async function resealHosts(options: {
  hosts: HostStore;
  ring: KeyRing;
  signal: AbortSignal;
}): Promise<Resealed> {
  const { hosts, ring, signal } = options;
  const result: Resealed = { resealed: 0, current: 0, changed: 0 };
  let after: number | undefined;
  for (;;) {
    signal.throwIfAborted();
    const page = await hosts.list({}, { limit: pageRows, after });
    for (const { uuid, sealedControlAttributes: seal } of page) {
      if (ring.isCurrent(seal)) result.current += 1;
      else if (await hosts.reseal(uuid, seal, ring.seal(ring.open(seal, uuid), uuid))) result.resealed += 1;
      else result.changed += 1;
    }
    after = page.at(-1)?.id;
    if (page.length < pageRows) return result;
  }
}
