import type { Clock, Logger, Metrics, Stores } from '@instance-ha/ports';

/** Rows deleted in one bite, so that no lock is held for long. */
const biteRows = 1000;
const betweenBitesMs = 50;
/** Bites of one turn; what is left goes in the next. */
const bitesPerTurn = 1000;

/** Deletes what is older than it must be kept, bite by bite. Answers how many rows went. */
export function retention(options: {
  stores: Stores;
  retentionDays: number;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  signal: AbortSignal;
}): () => Promise<number> {
  const { stores, retentionDays, clock, log, metrics, signal } = options;
  const purged = metrics.counter({
    name: 'vmha_rows_purged_total',
    help: 'Rows deleted because they were older than [database] retention_days.',
  });
  return async () => {
    let total = 0;
    for (let bite = 0; bite < bitesPerTurn && !signal.aborted; bite += 1) {
      const rows = await stores.purge({ olderThanDays: retentionDays, limit: biteRows });
      total += rows;
      purged.add(rows);
      if (rows < biteRows) break;
      await clock.sleep(betweenBitesMs, signal).catch(() => {});
    }
    if (total > 0) log.info({ rows: total, retentionDays }, 'old rows were deleted');
    return total;
  };
}
