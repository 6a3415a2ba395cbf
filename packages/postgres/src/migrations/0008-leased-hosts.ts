import { type Kysely, sql } from 'kysely';

/** To the recovery of which notification a reserved host is leased. */
export async function up(database: Kysely<unknown>): Promise<void> {
  await sql`alter table host add column leased_to uuid`.execute(database);
}
