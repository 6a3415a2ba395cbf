import { type Kysely, sql } from 'kysely';

/** What monitors have seen, for a day: changes of thresholds are judged by it. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}

const statements = [
  `create table recording (
    id bigint generated always as identity primary key,
    host text not null,
    from_at timestamptz not null,
    to_at timestamptz not null,
    quiet boolean not null,
    heard integer not null,
    body json not null,
    bytes integer not null,
    kept_at timestamptz not null default clock_timestamp()
  )`,
  'create index recording_host on recording (host, id)',
  'create index recording_kept on recording (kept_at)',
];
