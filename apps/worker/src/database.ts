import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '@instance-ha/config';
import type { Clock, Logger, Stores } from '@instance-ha/ports';
import { connectStores } from '@instance-ha/postgres';
import { startEmbedded } from '@instance-ha/postgres/embedded';
import type { StopStack } from '@instance-ha/runtime';

/** The database of this worker, and a promise that rejects when it is gone for good. */
export type OpenDatabase = { stores: Stores; lost: Promise<never> };

/**
 * Connects to `[database] connection`. Without one it shares the embedded PostgreSQL below `state_path` with the API: adopts
 * it, or starts it when the worker is the first, and leaves it running when it stops, because the API owns it.
 */
export async function openDatabase(options: {
  config: Config;
  clock: Clock;
  log: Logger;
  stop: StopStack;
  /** Ends the wait for a database that does not answer yet. */
  signal: AbortSignal;
}): Promise<OpenDatabase> {
  const { config, clock, log, stop, signal } = options;
  // Not `signal`: when that aborts, recoveries are still ended and let go.
  const untilStopped = new AbortController();
  const aborted = (): void => untilStopped.abort(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  const given = config.database.connection?.reveal();
  let lost: Promise<never> = new Promise(() => {});
  let connection: Parameters<typeof connectStores>[0]['connection'];
  if (given === undefined) {
    const dir = join(config.general.statePath, 'postgres');
    await mkdir(config.general.statePath, { recursive: true, mode: 0o755 }); // PostgreSQL is another user when we are root.
    const part = log.child({ part: 'embedded-postgres' });
    const server = await startEmbedded({ dir, log: part, clock, signal: untilStopped.signal });
    stop.add('supervision of the embedded PostgreSQL', () => server.leave());
    log.info({ pid: server.pid, adopted: server.adopted }, 'embedded PostgreSQL runs: shared with the API');
    lost = server.watch.then(() => new Promise<never>(() => {}));
    lost.catch(() => {}); // Also before anybody listens.
    connection = server.connection;
  } else connection = given;

  const stores = await connectStores({
    connection,
    poolSize: config.database.poolSize,
    log: log.child({ part: 'postgres' }),
    clock,
    signal: untilStopped.signal,
    applicationName: 'instance-ha-worker',
  });
  signal.removeEventListener('abort', aborted); // From here on the order of stopping counts.
  stop.add('database connections', () => stores.close());
  return { stores, lost };
}
