import { type Kysely, sql } from 'kysely';

/** The configuration that is pushed to hosts: its saves, what hosts are to run, the operations that bring it there. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}

const statements = [
  // Which kinds there are is said where they are told; here it would have to be said again with each new one.
  'alter table change drop constraint if exists change_kind_check',

  // An empty host stands for all hosts, here and below.
  `create table config_revision (
    revision integer generated always as identity primary key,
    host text not null,
    text text not null,
    saved_at timestamptz not null default clock_timestamp(),
    saved_by text not null,
    comment text,
    errors integer not null,
    warnings integer not null
  )`,
  'create index config_revision_file on config_revision (host, revision desc)',

  `create table config_target (
    host text primary key,
    revision integer not null,
    told_at timestamptz not null default clock_timestamp()
  )`,

  `create table service_revision (
    service text not null check (service in ('monitor', 'worker')),
    name text not null,
    host text not null,
    version text not null,
    wanted integer,
    running integer,
    state text check (state in ('applying', 'applied', 'failed')),
    error text,
    seen_at timestamptz not null,
    primary key (service, name)
  )`,
  'create index service_revision_host on service_revision (host)',

  `create table operation (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('reconfigure')),
    revision integer not null,
    hosts json,
    on_failure text not null check (on_failure in ('stop', 'roll-back', 'go-on')),
    at_once integer not null,
    answer_within_ms integer not null,
    comment text,
    state text not null default 'running'
      check (state in ('running', 'finished', 'failed', 'rolled-back', 'cancelled')),
    message text,
    started_by text not null,
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz
  )`,
  "create unique index operation_one_runs on operation ((true)) where state = 'running'",

  `create table operation_row (
    operation_id bigint not null references operation (id) on delete cascade,
    host text not null,
    service text not null check (service in ('monitor', 'worker')),
    state text not null default 'pending',
    before integer not null,
    running integer,
    error text,
    told_at timestamptz,
    changed_at timestamptz not null default clock_timestamp(),
    primary key (operation_id, host, service)
  )`,
  `create index operation_row_open on operation_row (operation_id)
    where state in ('applying', 'not-answering', 'rolling-back')`,
];
