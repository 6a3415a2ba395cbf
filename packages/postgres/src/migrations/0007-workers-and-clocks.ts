import { type Kysely, sql } from 'kysely';

/** Which workers there are, and how far the clock of each monitor is from the database's. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}

const statements = [
  `create table worker (
    name text primary key,
    host text not null,
    version text not null,
    driver text not null,
    mode text not null,
    started_at timestamptz not null,
    held integer not null,
    last_seen_at timestamptz not null
  )`,
  'alter table monitor add column clock_ahead_ms float8',
];
