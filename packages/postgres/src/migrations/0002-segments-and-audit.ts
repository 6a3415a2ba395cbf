import { type Kysely, sql } from 'kysely';

/**
 * Failover segments, their hosts, the moves of a host's recovery, and the audit.
 *
 * A notification keeps the UUIDs of its host and segment as they were when it was filed: both may go before it, so that
 * they refer to nothing.
 */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}

const statements = [
  `create table failover_segment (
    id bigint generated always as identity primary key,
    uuid uuid not null unique default gen_random_uuid(),
    name text not null,
    description text,
    service_type text not null,
    recovery_method text not null check (recovery_method in ('auto', 'reserved_host', 'auto_priority', 'rh_priority')),
    enabled boolean not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz
  )`,
  // By its digest: a B-tree refuses keys beyond 2.7 kB, and whoever names a thing may name it at length.
  'create unique index failover_segment_name on failover_segment (md5(name))',

  `create table host (
    id bigint generated always as identity primary key,
    uuid uuid not null unique,
    name text not null,
    segment_uuid uuid not null references failover_segment (uuid) on delete cascade,
    type text not null,
    reserved boolean not null,
    on_maintenance boolean not null,
    sealed_control_attributes text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz
  )`,
  'create unique index host_name on host (md5(name))',
  'create index host_segment on host (segment_uuid, id)',

  'alter table notification add column source_host_uuid uuid, add column failover_segment_uuid uuid',
  'create index notification_source_host on notification (source_host_uuid, id)',
  'create index notification_open_host on notification (host) where ended_at is null',

  `create table vmove (
    id bigint generated always as identity primary key,
    uuid uuid not null unique default gen_random_uuid(),
    notification_uuid uuid not null references notification (uuid) on delete cascade,
    instance_uuid uuid not null,
    instance_name text,
    source_host text not null,
    dest_host text,
    start_time timestamptz,
    end_time timestamptz,
    type text not null check (type in ('evacuation', 'migration', 'live_migration')),
    status text not null default 'pending'
      check (status in ('pending', 'ongoing', 'ignored', 'failed', 'succeeded')),
    message text,
    created_at timestamptz not null default now(),
    updated_at timestamptz
  )`,
  'create index vmove_notification on vmove (notification_uuid, id)',
  'create index vmove_instance on vmove (instance_uuid, id)',

  `create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    action text not null,
    outcome text not null check (outcome in ('success', 'failure')),
    initiator_id text,
    initiator_name text not null,
    initiator_project text,
    target_type text not null,
    target_id text,
    target_name text,
    reason text,
    request_id text not null,
    changes json not null
  )`,
  'create index audit_at on audit (at)',
  'create index audit_target on audit (md5(target_id), id) where target_id is not null',
];
