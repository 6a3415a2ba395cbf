import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely';
import pg from 'pg';
import { PostgresError, toPostgresError } from './postgres-error.ts';
import type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;

/** Calls that wait for a free connection; one more is refused at once. */
const waitersMax = 1_000;
const closeTimeoutMs = 5_000;

/**
 * A pool that fails in one way only: every rejection is a `PostgresError`, the queue before it is bounded, and a
 * connection on which something other than a statement failed (lost, overdue) is never used again.
 */
export function openPool(
  config: pg.PoolConfig,
  onIdleError: (error: PostgresError) => void,
): { database: Database; close: () => Promise<void> } {
  const pool = new pg.Pool({ ...config, idleTimeoutMillis: 30_000 });
  pool.on('error', error => onIdleError(toPostgresError(error, 'an idle connection')));
  pool.on('connect', client => {
    // A connection in use that breaks between two statements has no other listener; the next statement fails and tells.
    client.on('error', () => {});
    void setUtc(client);
  });
  let closed = false;

  const bounded: PostgresPool = {
    options: {},
    connect: async () => {
      if (closed) throw new PostgresError('closed', 'the stores are closed');
      if (pool.waitingCount >= waitersMax) {
        throw new PostgresError('unavailable', `${waitersMax} calls wait for a database connection already`);
      }
      try {
        return guard(await pool.connect());
      } catch (error) {
        throw toPostgresError(error, 'connecting to PostgreSQL');
      }
    },
    end: () => pool.end(),
  };
  return {
    database: new Kysely<Schema>({ dialect: new PostgresDialect({ pool: bounded }) }),
    close: async () => {
      if (closed) return;
      closed = true;
      const deadline = AbortSignal.timeout(closeTimeoutMs);
      const overdue = new Promise<void>(resolve => deadline.addEventListener('abort', () => resolve()));
      await Promise.race([pool.end().catch(() => {}), overdue]);
    },
  };
}

/** The session writes instants as `isoOf` reads them, whatever the role or the database prefer. */
const setUtc = (client: pg.ClientBase): Promise<unknown> =>
  client.query("set timezone = 'UTC'; set datestyle = 'ISO, YMD'").catch(() => {}); // The next statement will tell.

const guards = new WeakMap<pg.PoolClient, PostgresPoolClient>();

function guard(client: pg.PoolClient): PostgresPoolClient {
  const known = guards.get(client);
  if (known) return known;
  let broken: PostgresError | undefined;
  const query = async (text: string, values: readonly unknown[]) => {
    if (broken) throw broken;
    try {
      return await client.query({ ...preparedAs(text), text, values: [...values] });
    } catch (error) {
      const told = toPostgresError(error, 'PostgreSQL');
      if (told.sqlState === undefined || told.code === 'unavailable') broken = told;
      throw told;
    }
  };
  const release = (destroy?: boolean) => client.release(destroy || broken !== undefined);
  // Kysely's type also knows cursors, which nothing here asks for.
  const made = { query, release } as unknown as PostgresPoolClient;
  guards.set(client, made);
  return made;
}

/** Put at the end of a statement whose best plan depends on its values: it is planned anew each time. */
export const plannedAnew = sql.raw('/* planned anew */');

/** More than this program has statements. */
const preparedMax = 200;
const prepared = new Map<string, string>();

/**
 * Statements are parsed and planned once a connection: measured, that is a third of what filing a notification costs
 * the server, and half of what a duplicate costs.
 */
function preparedAs(text: string): { name?: string } {
  if (text.endsWith('/* planned anew */')) return {};
  let name = prepared.get(text);
  if (name === undefined && prepared.size < preparedMax) {
    name = `s${prepared.size}`;
    prepared.set(text, name);
  }
  return name === undefined ? {} : { name };
}
