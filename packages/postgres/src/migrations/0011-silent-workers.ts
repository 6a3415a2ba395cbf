import { type Kysely, sql } from 'kysely';

/** A worker that fell silent is told once, by whichever process notes it first. */
export async function up(database: Kysely<unknown>): Promise<void> {
  await sql
    .raw('alter table worker add column noted_silent boolean not null default false')
    .execute(database);
}
