import type { Logger } from '@instance-ha/ports';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { clientConfig, type PostgresConnection } from './connection.ts';
import { migrations } from './migrations/migrations.ts';
import { PostgresError, toPostgresError } from './postgres-error.ts';

/** PostgreSQL 14 is the oldest we work with; 13 is without support since November 2025. */
const oldestServer = 140_000;
/** A migration of large tables may take long; a statement that waits for a lock for so long should fail. */
const migrationTimeoutMs = 600_000;

/**
 * Brings the schema to this program's version. Any number of processes may call it at once: one does the work, the
 * others wait for it. All of it happens in one transaction, or nothing of it.
 */
export async function migrate(connection: PostgresConnection, { log }: { log: Logger }): Promise<void> {
  const pool = new pg.Pool({
    ...clientConfig(connection, {
      statementTimeoutMs: migrationTimeoutMs,
      applicationName: 'instance-ha migrate',
    }),
    max: 1,
  });
  pool.on('error', () => {}); // Told by the statement that needs it.
  pool.on('connect', client => void client.on('error', () => {}));
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    await database.connection().execute(async session => {
      await assertServerVersion(session);
      if (await isCurrent(session)) return;
      // One after the other, before Kysely makes its own tables: `create table if not exists` is no lock.
      await sql`select pg_advisory_lock(4801, 3)`.execute(session);
      const migrator = new Migrator({
        db: session,
        provider: { getMigrations: async () => migrations },
      });
      const { error, results } = await migrator.migrateToLatest();
      await sql`select pg_advisory_unlock(4801, 3)`.execute(session);
      for (const { migrationName, status } of results ?? [])
        log.info({ migrationName, status }, 'schema migrated');
      if (error !== undefined) throw toPostgresError(error, 'migrating the schema');
    });
  } catch (error) {
    throw toPostgresError(error, 'preparing the schema');
  } finally {
    await database.destroy();
  }
}

async function assertServerVersion(database: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ number: number; name: string }>`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as name
  `.execute(database);
  const found = rows[0];
  if (!found || found.number < oldestServer) {
    throw new PostgresError('version', `PostgreSQL 14 or newer is needed, found ${found?.name ?? 'none'}`);
  }
}

/** True when every migration we know has been made. Rejects when there are others: then we are the older version. */
async function isCurrent(database: Kysely<unknown>): Promise<boolean> {
  const exists = await sql<{
    there: boolean;
  }>`select to_regclass('kysely_migration') is not null as there`.execute(database);
  if (!exists.rows[0]?.there) return false;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(
    database,
  );
  const made = rows.map(({ name }) => name);
  const unknown = made.filter(name => !(name in migrations));
  if (unknown.length > 0) {
    throw new PostgresError(
      'schema',
      `the database was prepared by a newer version of this program (unknown migrations: ${unknown.join(', ')}): update this one`,
    );
  }
  return made.length === Object.keys(migrations).length;
}
