import type { Clock, MonitorStore, TrendStore } from '@instance-ha/ports';
import { isSilent } from '../native/monitors.ts';

/** Notes how all guests are, for the time series of the console. */
export function trendKeeping(options: {
  monitors: MonitorStore;
  trends: TrendStore;
  silentAfterMs: () => number;
  clock: Clock;
}): () => Promise<void> {
  const { monitors, trends, clock } = options;
  return async () => {
    const all = await monitors.list();
    const nowMs = clock.wallMs();
    const guests: Record<string, number> = {};
    let unheard = 0;
    for (const monitor of all) {
      const silent = isSilent(monitor, nowMs, options.silentAfterMs());
      for (const [phase, count] of Object.entries(monitor.guestsByPhase)) {
        if (silent) unheard += count;
        else guests[phase] = (guests[phase] ?? 0) + count;
      }
    }
    await trends.note({ guests, unheard });
  };
}
