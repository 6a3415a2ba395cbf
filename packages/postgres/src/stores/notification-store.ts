import type {
  JournalEntry,
  NotificationFilter,
  NotificationRecord,
  NotificationStore,
} from '@instance-ha/ports';
import { type RawBuilder, type Selectable, type SelectQueryBuilder, sql } from 'kysely';
import { type Database, plannedAnew } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { isStorable, isUuid, pageLimit, storableText, toJson } from './text.ts';

export type NotificationRow = Selectable<Schema['notification']>;

export function notificationStore(database: Database): NotificationStore {
  return {
    async file(notification, by) {
      const { payload, evidence } = notification;
      const instance = payload.type === 'COMPUTE_INSTANCE' ? payload : undefined;
      const { rows } = await sql<NotificationRow>`
        with filed as (
          insert into notification (
            incident_key, type, host, instance_uuid, instance_name,
            fault_at, detected_at, payload, evidence, filed_by
          ) values (
            ${notification.incidentKey}, ${payload.type}, ${storableText(notification.host)},
            ${instance?.instanceUuid ?? null}, ${instance ? storableText(instance.instanceName) : null},
            ${notification.faultAt}, ${notification.detectedAt}, ${toJson(payload)},
            ${evidence === null ? null : toJson(evidence)}, ${storableText(by.name)}
          )
          on conflict (incident_key) do update set duplicates = notification.duplicates + 1
          returning *
        ), opened as (
          insert into recovery (notification_id, instance_uuid, claimable_at)
          select id, instance_uuid, accepted_at from filed where duplicates = 0
        )
        select filed.*, case when duplicates = 0 then ${emitNotification('filed')} end from filed
      `.execute(database);
      const row = rows[0];
      if (!row) throw new Error('a filed notification comes back');
      return { record: toRecord(row), duplicate: row.duplicates > 0 };
    },
    async get(uuid) {
      if (!isUuid(uuid)) return undefined;
      const row = await database
        .selectFrom('notification')
        .selectAll()
        .where('uuid', '=', uuid)
        .executeTakeFirst();
      return row && toRecord(row);
    },
    async list(filter, page) {
      const rows = await listRows(database, filter, page);
      return rows.map(toRecord);
    },
    async journal(uuid) {
      if (!isUuid(uuid)) return [];
      const rows = await database
        .selectFrom('recovery_step')
        .innerJoin('notification', 'notification.id', 'recovery_step.notification_id')
        .select(['sequence', 'at', 'worker', 'event'])
        .where('uuid', '=', uuid)
        .orderBy('sequence')
        .execute();
      return rows satisfies JournalEntry[];
    },
  };
}

/** Tells the feed what became of the notification in scope. Must be the last thing its transaction does. */
export const emitNotification = (
  what: 'filed' | 'claimed' | 'noted' | 'ended' | 'released',
): RawBuilder<number> => sql`emit_changes('notification', array[uuid::text], array[json_build_object(
  'what', ${sql.lit(what)}::text, 'id', id, 'type', type, 'status', status,
  'host', host, 'instanceUuid', instance_uuid, 'message', message
)])`;

export const toRecord = (row: NotificationRow): NotificationRecord => ({
  id: row.id,
  uuid: row.uuid,
  incidentKey: row.incident_key,
  type: row.type,
  status: row.status,
  host: row.host,
  instanceUuid: row.instance_uuid,
  instanceName: row.instance_name,
  faultAt: row.fault_at,
  detectedAt: row.detected_at,
  acceptedAt: row.accepted_at,
  updatedAt: row.updated_at,
  endedAt: row.ended_at,
  payload: row.payload,
  evidence: row.evidence,
  message: row.message,
  duplicates: row.duplicates,
  filedBy: row.filed_by,
});

type Listing = SelectQueryBuilder<Schema, 'notification', Record<never, never>>;

async function listRows(
  database: Database,
  filter: NotificationFilter,
  { limit, after }: { limit: number; after?: number | undefined },
): Promise<NotificationRow[]> {
  const count = pageLimit(limit);
  if (filter.status?.length === 0) return [];
  if (![filter.host ?? '', filter.instance ?? ''].every(isStorable)) return [];
  const bounded = filter.since !== undefined || filter.until !== undefined;
  const page = (narrow: (listing: Listing) => Listing) => {
    let listing = narrow(database.selectFrom('notification'));
    if (filter.type !== undefined) listing = listing.where('type', '=', filter.type);
    if (filter.status !== undefined) listing = listing.where('status', 'in', filter.status);
    if (filter.host !== undefined) listing = listing.where('host', '=', filter.host);
    if (filter.since !== undefined) listing = listing.where('detected_at', '>=', filter.since);
    if (filter.until !== undefined) listing = listing.where('detected_at', '<', filter.until);
    if (after !== undefined) listing = listing.where('id', '<', after);
    const found = listing.orderBy('id', 'desc').limit(count);
    if (!bounded) return found.selectAll().modifyEnd(plannedAnew).execute();
    // Old notifications by time: the newer ones are passed over in an index that holds both, without visiting their rows.
    return database
      .selectFrom('notification')
      .selectAll()
      .where('id', 'in', found.select('id'))
      .orderBy('id', 'desc')
      .modifyEnd(plannedAnew)
      .execute();
  };

  const { instance } = filter;
  if (instance === undefined) return page(listing => listing);
  const named = page(listing =>
    listing
      .where(sql<string>`md5(instance_name)`, '=', sql<string>`md5(${instance})`)
      .where('instance_name', '=', instance),
  );
  if (!isUuid(instance)) return named;
  // Two walks along two indexes instead of one OR along none; a page of either holds a page of both.
  const identified = await page(listing => listing.where('instance_uuid', '=', instance));
  const both = new Map([...identified, ...(await named)].map(row => [row.id, row]));
  return [...both.values()].sort((a, b) => b.id - a.id).slice(0, count);
}
