import type { Clock } from '@instance-ha/ports';
import type { SeenServer } from './sighting.ts';

/**
 * What was seen of a server a moment ago, for the call that follows at once: it need not be asked for again.
 *
 * A stop may rest on it although a server may be rebooted in between: Nova refuses to stop one that anything is being done to
 * (`check_instance_state`, `nova/compute/api.py`), and no reboot is asked for, done and over within {@link freshMs}. A hard
 * reboot may not: Nova lets one into another.
 */
export type RecentSights = {
  /** `sinceMs`: when the first of the calls that told it was begun, on the clock's monotonic line. */
  keep: (uuid: string, seen: SeenServer, sinceMs: number) => void;
  /** At most once for each that was kept, and only while it is fresh. */
  take: (uuid: string) => SeenServer | undefined;
};

export const freshMs = 120;
const limit = 256;

export function createRecentSights(clock: Clock): RecentSights {
  const kept = new Map<string, { seen: SeenServer; sinceMs: number }>();
  const isFresh = (sinceMs: number): boolean => clock.monotonicMs() - sinceMs <= freshMs;
  return {
    keep: (uuid, seen, sinceMs) => {
      kept.delete(uuid); // The newest come last.
      for (const [oldest, { sinceMs: since }] of kept) {
        if (kept.size < limit && isFresh(since)) break;
        kept.delete(oldest);
      }
      kept.set(uuid, { seen, sinceMs });
    },
    take: uuid => {
      const found = kept.get(uuid);
      kept.delete(uuid);
      return found && isFresh(found.sinceMs) ? found.seen : undefined;
    },
  };
}
