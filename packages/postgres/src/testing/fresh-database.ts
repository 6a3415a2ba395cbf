import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { urlOf } from '../connection.ts';
import type { EmbeddedConnection } from '../embedded/start-embedded.ts';
// Only for what it declares: the context that the global setup provides.
import type {} from './global-setup.ts';
import { realClock, templateName } from './surroundings.ts';

export type FreshDatabase = AsyncDisposable & {
  connection: EmbeddedConnection;
  /** The same as one string. */
  url: string;
  /** Deletes it, whoever is still connected. */
  drop: () => Promise<void>;
};

/**
 * A database of its own for one test, empty and with the current schema, in about 100 ms. Needs `globalSetup` of the
 * vitest project to be this package's `testing/global-setup`. Test files in parallel do not disturb each other.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = inject('instanceHaPostgres');
  if (!server) {
    throw new Error(
      "no PostgreSQL for tests: the vitest project needs globalSetup: 'packages/postgres/src/testing/global-setup.ts'",
    );
  }
  const database = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await untilFree(() =>
    administer(server, `create database ${database} template ${templateName} strategy file_copy`),
  );
  const connection = { ...server, database };
  const drop = () => administer(server, `drop database if exists ${database} with (force)`);
  return { connection, url: urlOf(connection), drop, [Symbol.asyncDispose]: drop };
}

async function administer(server: EmbeddedConnection, statement: string): Promise<void> {
  const client = new pg.Client({ ...server, database: 'postgres' });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A template is refused (object_in_use) for the moment in which a session that has left it is still seen there. */
async function untilFree(attempt: () => Promise<void>): Promise<void> {
  for (let left = 50; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if ((error as { code?: string }).code !== '55006' || left === 0) throw error;
      await realClock.sleep(50);
    }
  }
}
