import { type Kysely, sql } from 'kysely';

/** Whether a monitor's silence was told, so that several API processes tell it once. */
export async function up(database: Kysely<unknown>): Promise<void> {
  await sql`alter table monitor add column noted_silent boolean not null default false`.execute(database);
}
