import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '@instance-ha/config';
import type { Clock, Logger, Stores } from '@instance-ha/ports';
import { connectStores } from '@instance-ha/postgres';
import { startEmbedded } from '@instance-ha/postgres/embedded';
import type { StopStack } from '@instance-ha/runtime';

/** The database of this service, and a promise that rejects when it is gone for good. */
export type OpenDatabase = { stores: Stores; lost: Promise<never> };

/** Where the embedded server keeps its state, for every service of the machine. */
export const embeddedFolder = (config: Config): string => join(config.general.statePath, 'postgres');

/**
 * Connects to `[database] connection`, or without one starts (or adopts) the embedded PostgreSQL below `state_path`. The
 * schema is brought to this version first. What was started here is stopped through `stop`.
 *
 * The embedded server serves one machine and this service owns it: it ends with it. Services that share a database while
 * one of them restarts need a PostgreSQL of its own.
 */
export async function openDatabase(options: {
  config: Config;
  clock: Clock;
  log: Logger;
  stop: StopStack;
  /** Ends the wait for a database that does not answer yet. */
  signal: AbortSignal;
  /** False for a guest at the table: it stops the embedded server only when it had to start it. Default true. */
  owner?: boolean;
}): Promise<OpenDatabase> {
  const { config, clock, log, stop, signal, owner = true } = options;
  const untilStopped = new AbortController();
  const given = config.database.connection?.reveal();
  let lost: Promise<never> = new Promise(() => {});
  let connection: Parameters<typeof connectStores>[0]['connection'];
  if (given === undefined) {
    await mkdir(config.general.statePath, { recursive: true, mode: 0o755 }); // PostgreSQL is another user when we are root.
    const server = await startEmbedded({
      dir: embeddedFolder(config),
      log: log.child({ part: 'embedded-postgres' }),
      clock,
      signal: untilStopped.signal,
    });
    stop.add('embedded PostgreSQL', () => (owner || !server.adopted ? server.stop() : server.leave()));
    log.info({ pid: server.pid, adopted: server.adopted }, 'embedded PostgreSQL runs');
    lost = server.watch.then(() => new Promise<never>(() => {}));
    lost.catch(() => {}); // Also before anybody listens.
    connection = server.connection;
  } else connection = given;

  const aborted = (): void => untilStopped.abort(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  const stores = await connectStores({
    connection,
    poolSize: config.database.poolSize,
    log: log.child({ part: 'postgres' }),
    clock,
    signal: untilStopped.signal,
    applicationName: 'instance-ha-api',
  });
  signal.removeEventListener('abort', aborted); // From here on the order of stopping counts.
  stop.add('database connections', () => stores.close());
  return { stores, lost };
}
