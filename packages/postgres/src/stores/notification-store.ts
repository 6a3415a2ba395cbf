import type {
  FiledNotification,
  JournalEntry,
  NotificationFilter,
  NotificationRecord,
  NotificationSortKey,
  NotificationStore,
  NotificationSummary,
  SortedPage,
} from '@instance-ha/ports';
import { type RawBuilder, type Selectable, type SelectQueryBuilder, sql } from 'kysely';
import { type Database, plannedAnew } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { gather } from './gather.ts';
import { idOf, type SortColumns, sortedPage } from './sorted-page.ts';
import { isStorable, isUuid, pageLimit, storableOrNull, storableText, toJson } from './text.ts';

export type NotificationRow = Selectable<Schema['notification']>;

const summaryColumns = [
  'id',
  'uuid',
  'incident_key',
  'type',
  'status',
  'host',
  'source_host_uuid',
  'failover_segment_uuid',
  'instance_uuid',
  'instance_name',
  'fault_at',
  'detected_at',
  'accepted_at',
  'updated_at',
  'ended_at',
  'payload',
  'message',
  'duplicates',
  'filed_by',
] as const satisfies readonly (keyof NotificationRow)[];
type SummaryRow = Pick<NotificationRow, (typeof summaryColumns)[number]>;

/** Notifications stored by one statement, and calls that may wait for it. */
const filing = { togetherMax: 100, waitingMax: 1_000 };

export function notificationStore(database: Database): NotificationStore {
  const file = gather((filings: readonly Filing[]) => fileTogether(database, filings), filing);
  return {
    file: (notification, by) => file({ notification, by: by.name }),
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
      return rows.map(toSummary);
    },
    idOf: reference => idOf(database, 'notification', reference),
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

type Filing = { notification: FiledNotification; by: string };
type Filed = { record: NotificationRecord; duplicate: boolean };

/**
 * Stores several notifications in one statement. Those of one incident become one row: the first of them is the
 * notification, unless it was stored before, and the others are its duplicates.
 */
async function fileTogether(database: Database, filings: readonly Filing[]): Promise<Filed[]> {
  const incidents = new Map<string, { filing: Filing; count: number }>();
  for (const filing of filings) {
    const incident = incidents.get(filing.notification.incidentKey) ?? { filing, count: 0 };
    incident.count += 1;
    incidents.set(filing.notification.incidentKey, incident);
  }
  const given = [...incidents.values()];
  const column = (pick: (filing: Filing) => unknown) => given.map(({ filing }) => pick(filing));
  const instance = ({ notification: { payload } }: Filing) =>
    payload.type === 'COMPUTE_INSTANCE' ? payload : undefined;
  const { rows } = await sql<NotificationRow & { stored_now: boolean }>`
    with given as (
      select * from unnest(
        ${column(({ notification }) => notification.incidentKey)}::text[],
        ${column(({ notification }) => notification.payload.type)}::text[],
        ${column(({ notification }) => storableText(notification.host))}::text[],
        ${column(filing => instance(filing)?.instanceUuid ?? null)}::uuid[],
        ${column(filing => storableOrNull(instance(filing)?.instanceName ?? null))}::text[],
        ${column(({ notification }) => notification.faultAt)}::timestamptz[],
        ${column(({ notification }) => notification.detectedAt)}::timestamptz[],
        ${column(({ notification }) => toJson(notification.payload))}::text[],
        ${column(({ notification: { evidence } }) => (evidence === null ? null : toJson(evidence)))}::text[],
        ${column(({ by }) => storableText(by))}::text[],
        ${given.map(({ count }) => count)}::int[]
      ) as given (
        incident_key, type, host, instance_uuid, instance_name, fault_at, detected_at, payload, evidence, filed_by, count
      )
    ), filed as (
      insert into notification (
        incident_key, type, host, source_host_uuid, failover_segment_uuid, instance_uuid, instance_name, fault_at,
        detected_at, payload, evidence, filed_by, duplicates
      )
      select incident_key, given.type, given.host, host.uuid, host.segment_uuid, instance_uuid, instance_name, fault_at,
        detected_at, payload::json, evidence::json, filed_by, count - 1
      from given left join host on md5(host.name) = md5(given.host) and host.name = given.host
      order by incident_key -- Always in the same order, so that two processes never wait for each other.
      on conflict (incident_key) do update set duplicates = notification.duplicates + excluded.duplicates + 1
      returning *
    ), opened as (
      insert into recovery (notification_id, instance_uuid, failed_host, claimable_at)
      select filed.id, filed.instance_uuid, case when filed.type = 'COMPUTE_HOST' then filed.host end, filed.accepted_at
      from filed join given using (incident_key)
      where filed.duplicates < given.count
      returning notification_id
    ), told as (
      select emit_changes('notification', array_agg(uuid::text order by id), array_agg(${news('filed')} order by id))
      from filed join opened on opened.notification_id = filed.id
      having count(*) > 0
    )
    select filed.*, opened.notification_id is not null as stored_now
    from filed left join opened on opened.notification_id = filed.id left join told on true
  `.execute(database);

  const stored = new Map(rows.map(row => [row.incident_key, row]));
  return filings.map(filing => {
    const { incidentKey } = filing.notification;
    const row = stored.get(incidentKey);
    if (!row) throw new Error(`a filed notification comes back; ${incidentKey} did not`);
    const first = row.stored_now && incidents.get(incidentKey)?.filing === filing;
    return { record: toRecord(row), duplicate: !first };
  });
}

/** What the feed tells of the notification in scope. */
const news = (what: 'filed' | 'claimed' | 'noted' | 'ended' | 'released') => sql`json_build_object(
  'what', ${sql.lit(what)}::text, 'id', id, 'type', type, 'status', status,
  'host', host, 'instanceUuid', instance_uuid, 'message', message
)`;

/** Tells the feed what was ruled about a notification. Must be the last thing its transaction does. */
export const emitRuling = (
  transaction: Database,
  row: NotificationRow,
  told: { ruling: string; by: string; reason: string | null },
): Promise<unknown> => {
  const { id, type, status, host, instance_uuid: instanceUuid, message } = row;
  const data = { what: 'ruled', id, type, status, host, instanceUuid, message, ...told };
  return sql`select emit_changes('notification', array[${row.uuid}::text], array[${toJson(data)}::json])`.execute(
    transaction,
  );
};

/** Tells the feed what became of the notification in scope. Must be the last thing its transaction does. */
export const emitNotification = (what: Parameters<typeof news>[0]): RawBuilder<number> =>
  sql`emit_changes('notification', array[uuid::text], array[${news(what)}])`;

export const toRecord = (row: NotificationRow): NotificationRecord => ({
  ...toSummary(row),
  evidence: row.evidence,
});

const toSummary = (row: SummaryRow): NotificationSummary => ({
  id: row.id,
  uuid: row.uuid,
  incidentKey: row.incident_key,
  type: row.type,
  status: row.status,
  host: row.host,
  sourceHostUuid: row.source_host_uuid,
  failoverSegmentUuid: row.failover_segment_uuid,
  instanceUuid: row.instance_uuid,
  instanceName: row.instance_name,
  faultAt: row.fault_at,
  detectedAt: row.detected_at,
  acceptedAt: row.accepted_at,
  updatedAt: row.updated_at,
  endedAt: row.ended_at,
  payload: row.payload,
  message: row.message,
  duplicates: row.duplicates,
  filedBy: row.filed_by,
});

const sortColumns: SortColumns<NotificationSortKey> = {
  id: 'number',
  uuid: 'uuid',
  type: 'text',
  status: 'text',
  host: 'text',
  sourceHostUuid: ['source_host_uuid', 'uuid'],
  failoverSegmentUuid: ['failover_segment_uuid', 'uuid'],
  message: 'text',
  detectedAt: ['detected_at', 'time'],
  acceptedAt: ['accepted_at', 'time'],
  updatedAt: ['updated_at', 'time'],
};

/**
 * Whether one index holds the rows in the order of the page (each is by a column and the id): then no value makes
 * another plan better, and the statement is prepared. Measured, planning is half of what such a page costs the server.
 */
const isOneWalk = ({ type, status, host, instance }: NotificationFilter): boolean =>
  [type, status, host, instance].filter(value => value !== undefined).length <= 1 &&
  (status === undefined || status.length === 1);

type Listing = SelectQueryBuilder<Schema, 'notification', Record<never, never>>;

async function listRows(
  database: Database,
  filter: NotificationFilter,
  { limit, after, sort }: SortedPage<NotificationSortKey>,
): Promise<SummaryRow[]> {
  const count = pageLimit(limit);
  const host = filter.sourceHostUuid;
  if (typeof host === 'string' && !isUuid(host)) return [];
  if (filter.status?.length === 0) return [];
  if (![filter.host ?? '', filter.instance ?? ''].every(isStorable)) return [];
  const bounded = filter.since !== undefined || filter.until !== undefined;
  const page = (narrow: (listing: Listing) => Listing) => {
    let listing = narrow(database.selectFrom('notification'));
    if (filter.type !== undefined) listing = listing.where('type', '=', filter.type);
    const [status, ...others] = filter.status ?? [];
    if (status !== undefined)
      listing =
        others.length === 0
          ? listing.where('status', '=', status)
          : listing.where('status', 'in', [status, ...others]);
    if (filter.host !== undefined) listing = listing.where('host', '=', filter.host);
    if (host !== undefined) listing = listing.where('source_host_uuid', host === null ? 'is' : '=', host);
    if (filter.since !== undefined) listing = listing.where('detected_at', '>=', filter.since);
    if (filter.until !== undefined) listing = listing.where('detected_at', '<', filter.until);
    if (sort !== undefined) {
      const inOrder = sortedPage('notification', sortColumns, { sort, after });
      return listing
        .where(inOrder.after)
        .orderBy(inOrder.order)
        .limit(count)
        .select(summaryColumns)
        .modifyEnd(plannedAnew)
        .execute();
    }
    if (after !== undefined) listing = listing.where('id', '<', after);
    const found = listing.orderBy('id', 'desc').limit(count);
    if (!bounded) {
      const rows = found.select(summaryColumns);
      return (isOneWalk(filter) ? rows : rows.modifyEnd(plannedAnew)).execute();
    }
    // Old notifications by time: the newer ones are passed over in an index that holds both, without visiting their rows.
    return database
      .selectFrom('notification')
      .select(summaryColumns)
      .where('id', 'in', found.select('id'))
      .orderBy('id', 'desc')
      .modifyEnd(plannedAnew)
      .execute();
  };

  const { instance } = filter;
  if (instance === undefined) return page(listing => listing);
  const named = () =>
    page(listing =>
      listing
        .where(sql<string>`md5(instance_name)`, '=', sql<string>`md5(${instance})`)
        .where('instance_name', '=', instance),
    );
  if (!isUuid(instance)) return named();
  // Two walks along two indexes instead of one OR along none; a page of either holds a page of both.
  const identified = page(listing => listing.where('instance_uuid', '=', instance));
  const found = await Promise.all([identified, named()]);
  const both = new Map(found.flat().map(row => [row.id, row]));
  if (sort !== undefined) throw new RangeError('notifications of an instance come newest first');
  return [...both.values()].sort((a, b) => b.id - a.id).slice(0, count);
}
