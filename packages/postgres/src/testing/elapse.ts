import pg from 'pg';
import type { PostgresConnection } from '../connection.ts';
import { clientConfig } from '../connection.ts';

/** Every instant that the database stamps. What monitors stamp (`fault_at`, `since`, …) is theirs. */
export const stamped = {
  notification: ['accepted_at', 'updated_at', 'ended_at'],
  recovery: ['claimable_at', 'restart_begun_at', 'held_since'],
  ruling: ['made_at'],
  recovery_step: ['at'],
  monitor: ['last_seen_at', 'watching_since'],
  worker: ['last_seen_at'],
  recording: ['kept_at'],
  trend: ['at'],
  guest: ['reported_at'],
  heard_again: ['noted_at'],
  pause: ['begins_at', 'ends_at'],
  token: ['created_at'],
  change: ['at'],
  failover_segment: ['created_at', 'updated_at'],
  host: ['created_at', 'updated_at'],
  vmove: ['created_at', 'updated_at'],
  audit: ['at'],
  monitor_action: ['asked_at', 'taken_at', 'due_at', 'ended_at'],
  config_revision: ['saved_at'],
  config_target: ['told_at'],
  service_revision: ['seen_at'],
  operation: ['started_at', 'ended_at'],
  operation_row: ['told_at', 'changed_at'],
};

/**
 * Lets time pass for a database without waiting: everything it has stamped becomes so much older. To leases, pauses,
 * budgets and retention that is the same as waiting.
 */
export async function elapse(connection: PostgresConnection, ms: number): Promise<void> {
  const client = new pg.Client(
    clientConfig(connection, { statementTimeoutMs: 30_000, applicationName: 'instance-ha elapse' }),
  );
  await client.connect();
  try {
    await client.query('begin');
    for (const [table, columns] of Object.entries(stamped)) {
      const older = columns.map(column => `${column} = ${column} - ${ms} * interval '1 millisecond'`);
      await client.query(`update ${table} set ${older.join(', ')}`);
    }
    await client.query('commit');
  } finally {
    await client.end();
  }
}
