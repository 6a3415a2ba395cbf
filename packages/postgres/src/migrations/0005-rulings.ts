import { type Kysely, sql } from 'kysely';

/**
 * What operators rule about a notification; why one waits for them; which hosts are being evacuated; and one recovery at a
 * time for each failed host.
 */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}

const statements = [
  `create table ruling (
    id bigint generated always as identity primary key,
    notification_id bigint not null references notification on delete cascade,
    ruling text not null check (ruling in ('approve', 'reject', 'abort', 'retry')),
    made_by text not null,
    reason text,
    made_at timestamptz not null default clock_timestamp(),
    round integer not null
  )`,
  // The last line of defence: of two rulings that contradict each other one is there, whatever a future statement forgets.
  `create unique index ruling_verdict on ruling (notification_id, round) where ruling in ('approve', 'reject')`,
  `create unique index ruling_abort on ruling (notification_id, round) where ruling = 'abort'`,
  'create index ruling_notification on ruling (notification_id, id)',

  `alter table recovery
    add column rulings integer not null default 0,
    add column held_why text,
    add column held_since timestamptz,
    -- The failed host of a COMPUTE_HOST notification, so that its recoveries are found without their notifications.
    add column failed_host text,
    -- The same host, while this recovery has its turn to evacuate it and has not ended: an older program ends without clearing it.
    add column evacuates_host text`,
  `update recovery r set failed_host = n.host
    from notification n where n.id = r.notification_id and n.type = 'COMPUTE_HOST'`,
  'create index recovery_open_host on recovery (failed_host, notification_id) where claimable_at is not null and failed_host is not null',
  'create unique index recovery_evacuates on recovery (evacuates_host) where evacuates_host is not null and claimable_at is not null',

  // Of several that run for one host the oldest goes on; the others are begun again after it.
  `with stopped as (
    update notification n set status = 'error'
    where n.type = 'COMPUTE_HOST' and n.status = 'running' and exists (
      select from notification older
      where older.type = n.type and older.status = n.status and older.host = n.host and older.id < n.id
    )
    returning n.id
  )
  update recovery r set lease_owner = null, claimable_at = clock_timestamp()
  from stopped where r.notification_id = stopped.id`,
  `create unique index notification_one_host on notification (host) where status = 'running' and type = 'COMPUTE_HOST'`,

  `create or replace function guard_notification_status() returns trigger language plpgsql as $$
  begin
    if (old.status, new.status) not in (
      ('new', 'running'), ('new', 'ignored'), ('new', 'failed'),
      ('running', 'finished'), ('running', 'ignored'), ('running', 'error'), ('running', 'failed'),
      ('error', 'running'), ('error', 'failed'),
      ('failed', 'new'), ('ignored', 'new')
    ) then
      raise exception 'a notification may not go from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    return new;
  end $$`,
];
