import { type Kysely, sql } from 'kysely';

/** What is asked of the monitors of hosts, and a kind of news that tells of it. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}

const statements = [
  `create table monitor_action (
    id bigint generated always as identity primary key,
    uuid uuid not null unique default gen_random_uuid(),
    -- Who asks again names the same key.
    key text not null unique check (length(key) <= 200),
    host text not null,
    kind text not null check (kind in ('look-at-process', 'restart-process')),
    process_name text not null,
    -- The process that is meant; null: none was seen.
    life text,
    status text not null default 'asked'
      check (status in ('asked', 'taken', 'done', 'failed', 'refused', 'in-doubt', 'expired')),
    asked_at timestamptz not null default clock_timestamp(),
    taken_at timestamptz,
    -- When it ends by itself: asked and not taken, or taken and not reported. Whoever reads it heeds that.
    due_at timestamptz not null,
    ended_at timestamptz,
    done_within_ms integer not null,
    detail text,
    sighting json,
    check ((ended_at is null) = (status in ('asked', 'taken')))
  )`,
  'create index monitor_action_host on monitor_action (host, id)',
  'create index monitor_action_open on monitor_action (host) where ended_at is null',
  'create index monitor_action_over on monitor_action ((coalesce(ended_at, due_at)))',
  // One at a time of one process, whatever a future taker forgets.
  `create unique index monitor_action_one_taken on monitor_action (host, process_name) where status = 'taken'`,

  'alter table change drop constraint change_kind_check',
  `alter table change add constraint change_kind_check
    check (kind in ('notification', 'guest', 'monitor', 'pause', 'action'))`,
];
