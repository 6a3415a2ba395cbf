import type { NotificationStatus, RulingKind } from '@instance-ha/notification';
import {
  type HeldNotification,
  type Hold,
  judgeRuling,
  possibleNow,
  type Ruling,
  type RulingAnswer,
  type RulingStore,
} from '@instance-ha/ports';
import { type Selectable, sql } from 'kysely';
import type { Database } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { appendAudit } from './audit-store.ts';
import { emitRuling, type NotificationRow, toRecord } from './notification-store.ts';
import { isUuid, storableOrNull, storableText } from './text.ts';

/**
 * A ruling locks its recovery, then its notification: in the order in which a worker's writes do, so that the two never wait
 * for each other. Under these locks the rulings before it are read, which is why the first of two stands.
 */
export function rulingStore(database: Database): RulingStore {
  return {
    async rule(notificationUuid, ruling, by): Promise<RulingAnswer> {
      if (!isUuid(notificationUuid)) return { ok: false, why: 'not-found' };
      return database.transaction().execute(async transaction => {
        const locked = await lockNotification(transaction, notificationUuid);
        if (!locked) return { ok: false, why: 'not-found' } as const;
        const { row, held } = locked;
        const rulings = (await rulingsOf(transaction, [row.id])).get(row.id) ?? [];
        const standing = { status: row.status, held: held !== null };
        const judged = judgeRuling({ ruling, ...standing }, rulings);
        if (judged.may === 'refuse')
          return {
            ok: false,
            why: 'not-possible',
            notification: toRecord(row),
            held,
            possible: possibleNow(standing, rulings),
            standing: judged.standing,
          } as const;
        if (judged.may === 'stand')
          return { ok: true, made: false, ruling: judged.ruling, notification: toRecord(row) } as const;

        const reason = storableOrNull(by.reason ?? null);
        const madeBy = storableText(by.initiator.name);
        const made = await transaction
          .insertInto('ruling')
          .values({ notification_id: row.id, ruling, made_by: madeBy, reason, round: judged.round })
          .returningAll()
          .executeTakeFirstOrThrow();
        const now = await takeEffect(transaction, row, ruling);
        await appendAudit(transaction, {
          action: ruling,
          outcome: 'success',
          initiator: by.initiator,
          target: { type: 'notification', id: now.uuid, name: now.instance_name ?? now.host },
          reason,
          requestId: by.requestId,
          changes: [],
        });
        await emitRuling(transaction, now, { ruling, by: madeBy, reason });
        return { ok: true, made: true, ruling: toRuling(made), notification: toRecord(now) } as const;
      });
    },
    async held(limit) {
      const { rows } = await sql<HeldNotification>`
        select n.uuid, n.type, n.host, n.instance_name as "instanceName", r.held_why as why, r.held_since as since
        from recovery r join notification n on n.id = r.notification_id
        where r.held_since is not null and r.held_why is not null and n.status = 'running'
        order by r.held_since, n.id limit ${limit}
      `.execute(database);
      return rows;
    },
    async of(notificationUuid) {
      if (!isUuid(notificationUuid)) return undefined;
      const { rows } = await sql<HeldRow & { id: number; status: NotificationStatus; rulings: number }>`
        select n.id, n.status, r.rulings, r.held_why, r.held_since
        from notification n join recovery r on r.notification_id = n.id
        where n.uuid = ${notificationUuid}
      `.execute(database);
      const [row] = rows;
      if (!row) return undefined;
      const rulings = row.rulings === 0 ? [] : ((await rulingsOf(database, [row.id])).get(row.id) ?? []);
      const held = toHold(row.status, row);
      return { held, rulings, possible: possibleNow({ status: row.status, held: held !== null }, rulings) };
    },
  };
}

type HeldRow = { held_why: string | null; held_since: string | null };

/** Only what runs is held: an older program ends a recovery without clearing why it was. */
const toHold = (status: NotificationStatus, { held_why: why, held_since: since }: HeldRow): Hold | null =>
  status !== 'running' || why === null || since === null ? null : { why, since };

async function lockNotification(
  transaction: Database,
  uuid: string,
): Promise<{ row: NotificationRow; held: Hold | null } | undefined> {
  const { rows } = await sql<HeldRow>`
    select r.held_why, r.held_since
    from recovery r join notification n on n.id = r.notification_id
    where n.uuid = ${uuid}
    for update of r
  `.execute(transaction);
  const [recovery] = rows;
  if (!recovery) return undefined;
  const row = await transaction
    .selectFrom('notification')
    .selectAll()
    .where('uuid', '=', uuid)
    .forUpdate()
    .executeTakeFirst();
  return row && { row, held: toHold(row.status, recovery) };
}

/** Counts the ruling, and makes the notification claimable where a worker must learn of it that has no claim on it. */
async function takeEffect(
  transaction: Database,
  { id, status }: NotificationRow,
  ruling: RulingKind,
): Promise<NotificationRow> {
  const isDue = ruling === 'retry' || (ruling === 'abort' && status !== 'running');
  await sql`
    update recovery
    set rulings = rulings + 1,
      evacuates_host = case when ${ruling === 'retry'}::boolean then null else evacuates_host end,
      claimable_at = case when ${isDue}::boolean then clock_timestamp() else claimable_at end
    where notification_id = ${id}
  `.execute(transaction);
  const isEnd = ruling === 'retry' && status !== 'error';
  const { rows } = await sql<NotificationRow>`
    update notification
    set updated_at = clock_timestamp(),
      status = case when ${isEnd}::boolean then 'new' else status end,
      ended_at = case when ${ruling === 'retry'}::boolean then null else ended_at end
    where id = ${id}
    returning *
  `.execute(transaction);
  const [row] = rows;
  if (!row) throw new Error('a notification that was locked is there');
  return row;
}

/** The rulings about these notifications, the oldest first. */
export async function rulingsOf(database: Database, ids: readonly number[]): Promise<Map<number, Ruling[]>> {
  const found = new Map<number, Ruling[]>();
  if (ids.length === 0) return found;
  const rows = await database
    .selectFrom('ruling')
    .selectAll()
    .where(sql<boolean>`notification_id = any(${ids}::bigint[])`)
    .orderBy('notification_id')
    .orderBy('id')
    .execute();
  for (const row of rows) {
    const rulings = found.get(row.notification_id) ?? [];
    rulings.push(toRuling(row));
    found.set(row.notification_id, rulings);
  }
  return found;
}

const toRuling = (row: Selectable<Schema['ruling']>): Ruling => ({
  ruling: row.ruling,
  by: row.made_by,
  reason: row.reason,
  at: row.made_at,
  round: row.round,
});
