import { type Kysely, sql } from 'kysely';

/**
 * Notifications, their recoveries, guests, monitors, the pause, tokens and the change feed.
 *
 * What a recovery changes often (lease, fence) stands apart from what is read often (the notification), so that a
 * renewal touches one narrow row. What is kept as it was sent is `json`, not `jsonb`: it keeps every character, NUL
 * escapes included, and nobody searches in it.
 *
 * A migration that was released is never edited: add another.
 */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}

const statements = [
  `create table notification (
    id bigint generated always as identity primary key,
    uuid uuid not null unique default gen_random_uuid(),
    incident_key text not null unique,
    type text not null check (type in ('COMPUTE_HOST', 'COMPUTE_INSTANCE', 'COMPUTE_PROCESS')),
    status text not null default 'new'
      check (status in ('new', 'running', 'finished', 'error', 'failed', 'ignored')),
    host text not null,
    instance_uuid uuid,
    instance_name text,
    fault_at timestamptz not null,
    detected_at timestamptz not null,
    accepted_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    ended_at timestamptz,
    payload json not null,
    evidence json,
    message text,
    duplicates integer not null default 0,
    filed_by text not null,
    check ((type = 'COMPUTE_INSTANCE') = (instance_uuid is not null))
  ) with (fillfactor = 85)`,
  'create index notification_type on notification (type, id)',
  'create index notification_status on notification (status, id)',
  'create index notification_host on notification (host, id)',
  'create index notification_instance_uuid on notification (instance_uuid, id) where instance_uuid is not null',
  // By its digest: a B-tree refuses keys beyond 2.7 kB, and a name is as long as its filer likes.
  'create index notification_instance_name on notification (md5(instance_name), id) where instance_name is not null',
  'create index notification_detected_at on notification (detected_at)',
  'create index notification_id_detected_at on notification (id, detected_at)',
  // One instance is recovered by one worker at a time, whatever a future claim forgets.
  `create unique index notification_one_running on notification (instance_uuid) where status = 'running'`,

  // The status machine of @instance-ha/notification, as the last line of defence: every UPDATE is guarded already.
  `create function guard_notification_status() returns trigger language plpgsql as $$
  begin
    if (old.status, new.status) not in (
      ('new', 'running'), ('new', 'ignored'), ('new', 'failed'),
      ('running', 'finished'), ('running', 'ignored'), ('running', 'error'), ('running', 'failed'),
      ('error', 'running'), ('error', 'failed')
    ) then
      raise exception 'a notification may not go from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    return new;
  end $$`,
  `create trigger notification_status before update of status on notification for each row
    when (old.status is distinct from new.status) execute function guard_notification_status()`,

  `create table recovery (
    notification_id bigint primary key references notification on delete cascade,
    instance_uuid uuid,
    -- From when a worker may take it: at once when new, when the lease runs out while somebody works on it, when the
    -- pause between attempts is over after an error. Null when nothing is to be done any more.
    claimable_at timestamptz,
    lease_owner text,
    fence bigint not null default 0,
    steps integer not null default 0,
    restart_begun_at timestamptz
  ) with (fillfactor = 70)`,
  'create index recovery_open on recovery (notification_id) where claimable_at is not null',
  'create index recovery_due on recovery (claimable_at) where claimable_at is not null',
  'create index recovery_open_instance on recovery (instance_uuid, notification_id) where claimable_at is not null',
  'create index recovery_restart on recovery (instance_uuid, restart_begun_at) where restart_begun_at is not null',

  `create table recovery_step (
    notification_id bigint not null references notification on delete cascade,
    sequence integer not null,
    at timestamptz not null default clock_timestamp(),
    worker text not null,
    event json not null,
    primary key (notification_id, sequence)
  )`,

  `create table monitor (
    host text primary key,
    session text not null,
    sequence bigint not null,
    version text not null,
    started_at timestamptz not null,
    state text not null check (state in ('starting', 'watching', 'blind')),
    cause text,
    mode text not null,
    check_interval_ms integer not null,
    gate_suspect boolean not null,
    gate_silent integer not null,
    gate_heard integer not null,
    spool_depth integer not null,
    last_seen_at timestamptz not null
  ) with (fillfactor = 70)`,

  // Two hosts may know one instance: after a migration or an evacuation the old one keeps it for a while, switched off.
  `create table guest (
    host text not null references monitor on delete cascade,
    instance_uuid uuid not null,
    instance_name text not null,
    phase text not null,
    why text not null,
    since timestamptz not null,
    last_beat_at timestamptz,
    misses integer not null,
    boot text not null,
    agent_channel boolean not null,
    incident_key text,
    heard_again_at timestamptz,
    reported_at timestamptz not null,
    primary key (host, instance_uuid)
  ) with (fillfactor = 60)`,
  'create index guest_instance on guest (instance_uuid)',

  // Apart from the guest, which may fail anew or go before its recovery asks; and from the notification, which may come later.
  `create table heard_again (
    incident_key text primary key,
    heard_again_at timestamptz not null,
    noted_at timestamptz not null default now()
  )`,

  `create table pause (
    only_one boolean primary key default true check (only_one),
    reason text not null,
    set_by text not null,
    begins_at timestamptz not null,
    ends_at timestamptz not null
  )`,

  `create table token (
    name text primary key,
    scope text not null check (scope in ('admin', 'reader', 'monitor')),
    host text,
    digest bytea not null unique,
    created_at timestamptz not null default now()
  )`,

  `create table change (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    kind text not null check (kind in ('notification', 'guest', 'monitor', 'pause')),
    subject text not null,
    data json not null
  )`,

  /*
   * Tells the feed. Must be the last thing its transaction does.
   *
   * The lock makes ids appear in the order in which they were given: the next id is given only after the
   * transaction before has become visible, so a reader that has seen id N will never see a smaller one afterwards. It
   * costs little beside NOTIFY, which takes a lock of its own on every commit for the same reason.
   */
  `create function emit_changes(kind text, subjects text[], data json[]) returns bigint language plpgsql as $$
  declare last_id bigint;
  begin
    perform pg_advisory_xact_lock(4801, 1);
    with told as (
      insert into change (kind, subject, data)
      select emit_changes.kind, news.subject, news.data
      from unnest(subjects, emit_changes.data) with ordinality as news (subject, data, position)
      order by news.position
      returning id
    )
    select max(id) into last_id from told;
    perform pg_notify('instance_ha_change', last_id::text);
    return last_id;
  end $$`,
];
