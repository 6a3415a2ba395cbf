import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { urlOf } from '../connection.ts';
import type { EmbeddedConnection } from '../embedded/start-embedded.ts';
import { stamped } from './elapse.ts';
// Only for what it declares: the context that the global setup provides.
import type {} from './global-setup.ts';
import { realClock, templateName } from './surroundings.ts';

export type FreshDatabase = AsyncDisposable & {
  connection: EmbeddedConnection;
  /** The same as one string. */
  url: string;
  /** Makes it as empty as it was at first: quicker than another one, for tests that follow one another. */
  empty: () => Promise<void>;
  /** Deletes it, whoever is still connected. */
  drop: () => Promise<void>;
};

/**
 * A database of its own for one test, empty and with the current schema, in about 100 ms. Needs `globalSetup` of the
 * vitest project to be this package's `testing/global-setup`. Test files in parallel do not disturb each other.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const template = inject('instanceHaPostgres');
  if (!template) {
    throw new Error(
      "no PostgreSQL for tests: the vitest project needs globalSetup: 'packages/postgres/src/testing/global-setup.ts'",
    );
  }
  const server = { ...template, database: 'postgres' };
  const database = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await untilFree(() =>
    administer(server, `create database ${database} template ${templateName} strategy file_copy`),
  );
  const connection = { ...server, database };
  const drop = () => administer(server, `drop database if exists ${database} with (force)`);
  const empty = () => administer(connection, `truncate ${Object.keys(stamped).join(', ')} restart identity`);
  return { connection, url: urlOf(connection), empty, drop, [Symbol.asyncDispose]: drop };
}

async function administer(connection: EmbeddedConnection, statement: string): Promise<void> {
  const client = new pg.Client(connection);
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
