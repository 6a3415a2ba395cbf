import { type Kysely, sql } from 'kysely';

/** How all guests were, minute by minute, for a day. */
export async function up(database: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table trend (
        at timestamptz primary key,
        guests json not null,
        unheard integer not null
      )`,
    )
    .execute(database);
}
