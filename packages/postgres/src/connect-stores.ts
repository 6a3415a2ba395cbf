import type { Clock, Logger, Stores } from '@instance-ha/ports';
import { sql } from 'kysely';
import { assertReadable, clientConfig, type PostgresConnection } from './connection.ts';
import { migrate } from './migrate.ts';
import { openPool } from './pool.ts';
import { PostgresError } from './postgres-error.ts';
import { actionStore } from './stores/action-store.ts';
import { auditStore } from './stores/audit-store.ts';
import { ChangeHub } from './stores/change-feed.ts';
import { configurationStore } from './stores/configuration-store.ts';
import { guestStore } from './stores/guest-store.ts';
import { hostStore } from './stores/host-store.ts';
import { monitorStore } from './stores/monitor-store.ts';
import { notificationStore } from './stores/notification-store.ts';
import { operationStore } from './stores/operation-store.ts';
import { pauseStore } from './stores/pause-store.ts';
import { purge } from './stores/purge.ts';
import { recordingStore } from './stores/recording-store.ts';
import { recoveryStore } from './stores/recovery-store.ts';
import { rulingStore } from './stores/ruling-store.ts';
import { segmentStore } from './stores/segment-store.ts';
import { serviceStore } from './stores/service-store.ts';
import { tokenStore } from './stores/token-store.ts';
import { trendStore } from './stores/trend-store.ts';
import { vmoveStore } from './stores/vmove-store.ts';
import { workerStore } from './stores/worker-store.ts';

export type StoresOptions = {
  /** Any PostgreSQL from 14 on, or the embedded one's `connection`. Directly or pooled by session: LISTEN needs a session. */
  connection: PostgresConnection;
  /** Connections beside the one that listens; by default 10. */
  poolSize?: number;
  log: Logger;
  clock: Clock;
  /** Closes the stores. */
  signal: AbortSignal;
  /** What one statement may take on the server; by default 5,000 ms. */
  statementTimeoutMs?: number;
  /** How long to wait for a server that does not answer yet; by default 30,000 ms. */
  startTimeoutMs?: number;
  /** Shown in pg_stat_activity; by default `instance-ha`. */
  applicationName?: string;
};

const firstBackoffMs = 50;
const lastBackoffMs = 1_000;

/**
 * All stores on one database. Brings the schema to this version first; any number of processes may do so at once.
 *
 * Every call ends: by the statement's deadline on the server, a second later here, and at once when no connection can
 * be made. A lost connection fails the call that used it (`unavailable`, retryable) and the next call makes another.
 * Rejects with `PostgresError` only.
 */
export async function connectStores(options: StoresOptions): Promise<Stores> {
  const { connection, log, clock, signal, poolSize = 10, statementTimeoutMs = 5_000 } = options;
  assertReadable(connection);
  await untilAvailable(() => migrate(connection, { log }), options);

  const applicationName = options.applicationName ?? 'instance-ha';
  const config = clientConfig(connection, { statementTimeoutMs, applicationName });
  const { database, close: closePool } = openPool({ ...config, max: poolSize }, error =>
    log.warn({ error }, 'an idle database connection was lost'),
  );
  const ended = new AbortController();
  const changes = new ChangeHub({
    database,
    config: { ...config, application_name: `${applicationName} changes` },
    clock,
    log,
    signal: ended.signal,
  });
  const close = async () => {
    ended.abort();
    await Promise.all([changes.closed(), closePool()]);
  };
  signal.addEventListener('abort', () => void close(), { once: true });
  if (signal.aborted) await close();

  return {
    notifications: notificationStore(database),
    recoveries: recoveryStore(database),
    rulings: rulingStore(database),
    guests: guestStore(database),
    monitors: monitorStore(database),
    workers: workerStore(database),
    trends: trendStore(database),
    recordings: recordingStore(database),
    pause: pauseStore(database),
    changes,
    tokens: tokenStore(database),
    segments: segmentStore(database),
    hosts: hostStore(database),
    vmoves: vmoveStore(database),
    audit: auditStore(database),
    actions: actionStore(database),
    configuration: configurationStore(database),
    operations: operationStore(database),
    services: serviceStore(database),
    purge: bounds => purge(database, bounds),
    ping: async ({ timeoutMs }) => {
      const deadline = AbortSignal.timeout(timeoutMs);
      const overdue = new Promise<never>((_resolve, reject) =>
        deadline.addEventListener('abort', () =>
          reject(new PostgresError('timeout', `PostgreSQL did not answer within ${timeoutMs} ms`)),
        ),
      );
      await Promise.race([sql`select 1`.execute(database), overdue]);
    },
    close,
  };
}

/** A server that starts at the same time as we do is waited for; one that refuses us is not. */
async function untilAvailable(attempt: () => Promise<void>, options: StoresOptions): Promise<void> {
  const { clock, log, signal, startTimeoutMs = 30_000 } = options;
  const deadlineMs = clock.monotonicMs() + startTimeoutMs;
  for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(lastBackoffMs, backoffMs * 2)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      const patient = PostgresError.isInstance(error) && error.retryable && clock.monotonicMs() < deadlineMs;
      if (!patient) throw error;
      log.warn({ error }, 'PostgreSQL is not available yet');
      await clock.sleep(backoffMs, signal);
    }
  }
}
