import { type TrendStore, trendsKeptMs } from '../trends.ts';
import { copy, iso, type MemoryDatabase } from './memory-database.ts';

const minuteMs = 60_000;

export function memoryTrends(database: MemoryDatabase): TrendStore {
  return {
    async note(trend) {
      await database.enter();
      const nowMs = database.clock.monotonicMs();
      database.trends = database.trends.filter(({ notedAtMs }) => nowMs - notedAtMs < trendsKeptMs);
      const at = iso(Math.floor(database.clock.wallMs() / minuteMs) * minuteMs);
      if (!database.trends.some(row => row.trend.at === at))
        database.trends.push({ trend: { at, ...copy(trend) }, notedAtMs: nowMs });
    },
    async lastDay() {
      await database.enter();
      const nowMs = database.clock.monotonicMs();
      return database.trends
        .filter(({ notedAtMs }) => nowMs - notedAtMs < trendsKeptMs)
        .map(({ trend }) => copy(trend))
        .sort((a, b) => (a.at < b.at ? -1 : 1));
    },
  };
}
