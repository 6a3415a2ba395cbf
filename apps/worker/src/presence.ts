import type { Clock, Logger, WorkerPresence, WorkerStore } from '@instance-ha/ports';

/** The API calls a worker silent that misses four of these in a row. */
const everyMs = 5000;

/**
 * Tells the database that this worker is there until `signal` aborts, and then that it left. Nothing depends on it but what
 * operators see: a database that is away is not waited for, and the next turn tells again. Resolves always.
 */
export async function announcePresence(options: {
  workers: WorkerStore;
  presence: () => WorkerPresence;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { workers, presence, clock, log, signal } = options;
  while (!signal.aborted) {
    await workers
      .seen(presence())
      .catch((error: unknown) => log.debug({ error }, 'the presence of the worker was not noted'));
    await clock.sleep(everyMs, signal).catch(() => {});
  }
  await workers.left(presence().name).catch(() => {});
}
