import type { Claim, JournalEntry, NewAuditEvent, RecoveryStore } from '@instance-ha/ports';
import { sql } from 'kysely';
import type { Database } from '../pool.ts';
import { auditing } from './audit-store.ts';
import { emitNotification, type NotificationRow, toRecord } from './notification-store.ts';
import { lockClaims, standingPause } from './pause-store.ts';
import { rulingsOf } from './ruling-store.ts';
import { isUuid, storableText, toJson } from './text.ts';

/**
 * Leases by the database's clock alone: no worker's clock is ever asked.
 *
 * A claim counts the fence up. Every later write names the fence it was given and finds its row only while that is the
 * latest, the lease stands and nobody let go: the check and the write are one statement under one row lock.
 */
export function recoveryStore(database: Database): RecoveryStore {
  return {
    async claim(options) {
      // Most of the time there is nothing: no lock is taken to find that out.
      const { rows } = await sql`
        select from recovery where claimable_at <= statement_timestamp() limit 1
      `.execute(database);
      return rows.length === 0 ? [] : claim(database, options);
    },
    async renew(claimed, { leaseMs }) {
      const { rows } = await sql`
        update recovery set claimable_at = clock_timestamp() + ${ms(leaseMs)}
        where ${fenced(claimed)}
        returning notification_id
      `.execute(database);
      return rows.length > 0 ? 'held' : 'fenced';
    },
    async append(claimed, events, { message, held, audit } = {}) {
      const { rows } = await sql`
        with ${writing(claimed, events, { audit, hold: held })}, noted as (
          update notification n
          set updated_at = clock_timestamp(), message = coalesce(${textOrNull(message)}, n.message)
          from stepped where n.id = stepped.notification_id
          returning n.*
        )
        select ${emitNotification('noted')} from noted
      `.execute(database);
      return rows.length > 0 ? 'stored' : 'fenced';
    },
    async takeTurn(claimed, { most }) {
      return database.transaction().execute(async transaction => {
        // One after the other, so that each counts the turns that the others took.
        await sql`select pg_advisory_xact_lock(4801, 4)`.execute(transaction);
        const { rows: taken } = await sql<{ notification_id: number; host: string }>`
          select notification_id, evacuates_host as host from recovery
          where evacuates_host is not null and claimable_at is not null order by evacuates_host
        `.execute(transaction);
        const others = taken.filter(({ notification_id: id }) => id !== claimed.notification.id);
        const mayTake = others.length < most || others.length < taken.length;
        const { rows } = await sql`
          update recovery set evacuates_host = case when ${mayTake}::boolean then failed_host else evacuates_host end
          where ${fenced(claimed)} and claimable_at > clock_timestamp()
          returning notification_id
        `.execute(transaction);
        if (rows.length === 0) return 'fenced';
        return mayTake ? { taken: true } : { taken: false, hosts: others.map(({ host }) => host) };
      });
    },
    async end(claimed, events, { status, message, retryInMs, audit }) {
      const retryMs = status === 'error' ? (retryInMs ?? null) : null;
      const { rows } = await sql`
        with ${writing(claimed, events, { audit, end: { letGoFor: retryMs } })}, ended as (
          update notification n
          set status = ${status}, message = ${storableText(message)}, updated_at = clock_timestamp(),
            ended_at = case when ${retryMs}::float8 is null then clock_timestamp() end
          from held where n.id = held.notification_id
          returning n.*
        )
        select ${emitNotification('ended')} from ended
      `.execute(database);
      return rows.length > 0 ? 'stored' : 'fenced';
    },
    async release(claimed) {
      await sql`
        with let_go as (
          update recovery set lease_owner = null, claimable_at = clock_timestamp()
          where ${fenced(claimed)}
          returning notification_id
        )
        select ${emitNotification('released')}
        from notification n join let_go on n.id = let_go.notification_id
      `.execute(database);
    },
    async restartsAgoMs(instanceUuid, { windowMs, exceptNotification }) {
      if (!isUuid(instanceUuid)) return [];
      const except = isUuid(exceptNotification) ? exceptNotification : null;
      const { rows } = await sql<{ ago_ms: number }>`
        select extract(epoch from statement_timestamp() - r.restart_begun_at)::float8 * 1000 as ago_ms
        from recovery r join notification n on n.id = r.notification_id
        where r.instance_uuid = ${instanceUuid}
          and r.restart_begun_at > statement_timestamp() - ${ms(windowMs)}
          and n.uuid is distinct from ${except}::uuid
        order by r.restart_begun_at desc
      `.execute(database);
      return rows.map(row => Math.max(0, row.ago_ms));
    },
    async furtherFiled({ notification: { id, instanceUuid } }) {
      if (instanceUuid === null || !isUuid(instanceUuid)) return false;
      const { rows } = await sql`
        select from notification where instance_uuid = ${instanceUuid} and id > ${id} limit 1
      `.execute(database);
      return rows.length > 0;
    },
    async nextDueInMs(limitMs) {
      const { rows } = await sql<{ due_ms: number | null; pause_ms: number | null }>`
        select
          extract(epoch from (
            select r.claimable_at
            from recovery r join notification n on n.id = r.notification_id
            where r.claimable_at is not null and not ${anotherRuns}
            order by r.claimable_at
            limit 1
          ) - statement_timestamp())::float8 * 1000 as due_ms,
          extract(epoch from (select ends_at from ${standingPause} p) - statement_timestamp())::float8 * 1000 as pause_ms
      `.execute(database);
      const { due_ms: dueMs, pause_ms: pauseMs } = rows[0] ?? { due_ms: null, pause_ms: null };
      return Math.min(limitMs, Math.max(0, Math.ceil(dueMs ?? limitMs), Math.ceil(pauseMs ?? 0)));
    },
  };
}

type ClaimedRow = NotificationRow & { fence: number; taken_over: boolean; age_ms: number; rulings: number };

function claim(
  database: Database,
  { worker, leaseMs, limit }: { worker: string; leaseMs: number; limit: number },
): Promise<Claim[]> {
  return database.transaction().execute(async transaction => {
    // One claim after the other: each sees what the one before took, and none overlaps a pause being set.
    await lockClaims(transaction);
    const { rows } = await sql<ClaimedRow>`
      with picked as (
        select r.notification_id, n.status = 'running' as taken_over
        from recovery r join notification n on n.id = r.notification_id
        where r.claimable_at <= statement_timestamp()
          and not exists (select from ${standingPause} p)
          and not ${anotherRuns}
          and (n.status = 'running' or r.instance_uuid is null or not exists (
            select from recovery earlier
            where earlier.instance_uuid = r.instance_uuid
              and earlier.notification_id < r.notification_id
              and earlier.claimable_at <= statement_timestamp()
          ))
          and (n.status = 'running' or r.failed_host is null or not exists (
            select from recovery earlier
            where earlier.failed_host = r.failed_host
              and earlier.notification_id < r.notification_id
              and earlier.claimable_at <= statement_timestamp()
          ))
        order by r.notification_id
        limit ${limit}
        for update of r, n skip locked
      ), leased as (
        update recovery r
        set lease_owner = ${storableText(worker)}, fence = r.fence + 1,
          claimable_at = clock_timestamp() + ${ms(leaseMs)}
        from picked where r.notification_id = picked.notification_id
        returning r.notification_id, r.fence, r.rulings, picked.taken_over
      ), begun as (
        update notification n
        set status = 'running', updated_at = clock_timestamp(), ended_at = null
        from leased where n.id = leased.notification_id
        returning n.*, leased.fence, leased.rulings, leased.taken_over
      ), in_order as materialized (
        select * from begun order by id
      )
      select in_order.*, extract(epoch from clock_timestamp() - accepted_at)::float8 * 1000 as age_ms,
        ${emitNotification('claimed')}
      from in_order
    `.execute(transaction);

    const known = rows.filter(row => row.fence > 1).map(row => row.id);
    const journals = await journalsOf(transaction, known);
    const ruled = rows.filter(row => row.rulings > 0).map(row => row.id);
    const rulings = await rulingsOf(transaction, ruled);
    return rows.map(row => ({
      notification: toRecord(row),
      fence: row.fence,
      journal: journals.get(row.id) ?? [],
      takenOver: row.taken_over,
      ageMs: Math.max(0, row.age_ms),
      rulings: rulings.get(row.id) ?? [],
    }));
  });
}

/**
 * Somebody has begun another notification of the instance, or of the failed host, and not ended it; or the instance's host is
 * being evacuated. Never true of the one that was begun.
 */
const anotherRuns = sql`(n.status <> 'running' and (
  exists (
    select from notification running
    where running.instance_uuid = r.instance_uuid and running.status = 'running'
  ) or exists (
    select from notification running
    where running.host = r.failed_host and running.status = 'running' and running.type = 'COMPUTE_HOST'
  ) or (r.instance_uuid is not null and exists (
    select from recovery evacuation where evacuation.evacuates_host = n.host and evacuation.claimable_at is not null
  ))
))`;

async function journalsOf(database: Database, ids: number[]): Promise<Map<number, JournalEntry[]>> {
  const journals = new Map<number, JournalEntry[]>();
  if (ids.length === 0) return journals;
  const rows = await database
    .selectFrom('recovery_step')
    .selectAll()
    .where(sql<boolean>`notification_id = any(${ids}::bigint[])`)
    .orderBy('notification_id')
    .orderBy('sequence')
    .execute();
  for (const { notification_id: id, ...entry } of rows) {
    const journal = journals.get(id) ?? [];
    journal.push(entry);
    journals.set(id, journal);
  }
  return journals;
}

/** Nobody has claimed it since, and its worker has neither ended nor released it. */
const fenced = ({ notification, fence }: Claim) =>
  sql`notification_id = ${notification.id} and fence = ${fence} and lease_owner is not null`;

/**
 * The row, locked, while the claim and its lease stand; and the facts, written to its journal. `letGoFor`: the claim is let
 * go in the same update, because of two updates of one row in one statement PostgreSQL carries out only one.
 */
function writing(
  claimed: Claim,
  events: readonly unknown[],
  told: {
    audit?: readonly NewAuditEvent[] | undefined;
    hold?: string | null | undefined;
    end?: { letGoFor: number | null };
  },
) {
  const { audit = [], hold, end } = told;
  const restarts = events.some(beginsRestart);
  const letGo = end
    ? sql`, lease_owner = null, claimable_at = clock_timestamp() + ${ms(end.letGoFor)}, evacuates_host = null`
    : sql``;
  const isHeld = typeof hold === 'string';
  const held =
    hold !== undefined || end
      ? sql`, held_why = ${isHeld ? storableText(hold) : null}::text,
          held_since = case when ${isHeld}::boolean then coalesce(r.held_since, clock_timestamp()) end`
      : sql``;
  const audited = audit.length === 0 ? sql`` : sql`, audited as (${auditing(sql`held`, audit)})`;
  return sql`
    held as (
      select notification_id, lease_owner, steps from recovery
      where ${fenced(claimed)} and claimable_at > clock_timestamp()
      for update
    ), stepped as (
      update recovery r
      set steps = r.steps + ${events.length}::int,
        restart_begun_at = case when ${restarts}::boolean
          then coalesce(r.restart_begun_at, clock_timestamp()) else r.restart_begun_at end
        ${letGo}${held}
      from held where r.notification_id = held.notification_id
      returning r.notification_id
    ), written as (
      insert into recovery_step (notification_id, sequence, worker, event)
      select held.notification_id, held.steps + fact.position, held.lease_owner, fact.event::json
      from held, unnest(${events.map(toJson)}::text[]) with ordinality as fact (event, position)
    )${audited}`;
}

/** The facts that count against an instance's restart budget: a restart was begun, whether or not it succeeded. */
function beginsRestart(event: unknown): boolean {
  if (typeof event !== 'object' || event === null) return false;
  const { type, act } = event as { type?: unknown; act?: unknown };
  return type === 'act-begun' && (act === 'start' || act === 'hard-reboot' || act === 'evacuate');
}

const ms = (milliseconds: number | null) => sql`(${milliseconds}::float8 * interval '1 millisecond')`;

const textOrNull = (text: string | undefined) => sql`${text === undefined ? null : storableText(text)}::text`;
