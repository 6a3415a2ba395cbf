import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@instance-ha/ports';

/** The machine's own clocks. The only place in the product that reads them. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted(); // The caller's reason, not the timer's.
      throw error;
    }
  },
};
