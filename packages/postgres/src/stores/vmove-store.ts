import type { VmoveRecord, VmoveSortKey, VmoveStore } from '@instance-ha/ports';
import { type Selectable, sql } from 'kysely';
import { type Database, plannedAnew } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { idOf, type SortColumns, sortedPage } from './sorted-page.ts';
import { isUuid, pageLimit, storableOrNull, storableText } from './text.ts';

type Row = Selectable<Schema['vmove']>;

export function vmoveStore(database: Database): VmoveStore {
  return {
    async plan(notificationUuid, moves) {
      if (!isUuid(notificationUuid)) return undefined;
      const column = (pick: (move: (typeof moves)[number]) => unknown) => moves.map(pick);
      const { rows } = await sql<Row>`
        with planned as (
          insert into vmove (notification_uuid, instance_uuid, instance_name, source_host, type)
          select notification.uuid, given.instance_uuid, given.instance_name, given.source_host, given.type
          from notification, unnest(
            ${column(move => move.instanceUuid)}::uuid[],
            ${column(move => storableOrNull(move.instanceName))}::text[],
            ${column(move => storableText(move.sourceHost))}::text[],
            ${column(move => move.type)}::text[]
          ) with ordinality as given (instance_uuid, instance_name, source_host, type, position)
          where notification.uuid = ${notificationUuid}
          order by given.position
          returning *
        )
        select * from planned order by id
      `.execute(database);
      if (rows.length === 0 && (await idOf(database, 'notification', notificationUuid)) === undefined)
        return undefined;
      return rows.map(toVmove);
    },
    async update(uuid, change) {
      if (!isUuid(uuid)) return undefined;
      const { destHost, startTime, endTime, type, status, message } = change;
      const row = await database
        .updateTable('vmove')
        .set({
          ...(destHost === undefined ? {} : { dest_host: storableOrNull(destHost) }),
          ...(startTime === undefined ? {} : { start_time: startTime }),
          ...(endTime === undefined ? {} : { end_time: endTime }),
          ...(type === undefined ? {} : { type }),
          ...(status === undefined ? {} : { status }),
          ...(message === undefined ? {} : { message: storableOrNull(message) }),
          updated_at: sql<string>`clock_timestamp()`,
        })
        .where('uuid', '=', uuid)
        .returningAll()
        .executeTakeFirst();
      return row && toVmove(row);
    },
    async get(uuid) {
      if (!isUuid(uuid)) return undefined;
      const row = await database.selectFrom('vmove').selectAll().where('uuid', '=', uuid).executeTakeFirst();
      return row && toVmove(row);
    },
    async list({ notificationUuid, instanceUuid, type, status }, { limit, after, sort }) {
      if (![notificationUuid, instanceUuid].every(uuid => uuid === undefined || isUuid(uuid))) return [];
      let listing = database.selectFrom('vmove').selectAll();
      if (notificationUuid !== undefined) listing = listing.where('notification_uuid', '=', notificationUuid);
      if (instanceUuid !== undefined) listing = listing.where('instance_uuid', '=', instanceUuid);
      if (type !== undefined) listing = listing.where('type', '=', type);
      if (status !== undefined) listing = listing.where('status', '=', status);
      const page = sortedPage('vmove', sortColumns, { sort: sort ?? [], after });
      if (sort === undefined && after !== undefined) listing = listing.where('id', '<', after);
      else listing = listing.where(page.after);
      const rows = await listing.orderBy(page.order).limit(pageLimit(limit)).modifyEnd(plannedAnew).execute();
      return rows.map(toVmove);
    },
    idOf: reference => idOf(database, 'vmove', reference),
  };
}

const toVmove = (row: Row): VmoveRecord => ({
  id: row.id,
  uuid: row.uuid,
  notificationUuid: row.notification_uuid,
  instanceUuid: row.instance_uuid,
  instanceName: row.instance_name,
  sourceHost: row.source_host,
  destHost: row.dest_host,
  startTime: row.start_time,
  endTime: row.end_time,
  type: row.type,
  status: row.status,
  message: row.message,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const sortColumns: SortColumns<VmoveSortKey> = {
  id: 'number',
  uuid: 'uuid',
  instanceUuid: ['instance_uuid', 'uuid'],
  instanceName: ['instance_name', 'text'],
  sourceHost: ['source_host', 'text'],
  destHost: ['dest_host', 'text'],
  startTime: ['start_time', 'time'],
  endTime: ['end_time', 'time'],
  type: 'text',
  status: 'text',
  message: 'text',
  createdAt: ['created_at', 'time'],
  updatedAt: ['updated_at', 'time'],
};
