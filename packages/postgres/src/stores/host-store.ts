import type { Actor, HostRecord, HostSortKey, HostStore } from '@instance-ha/ports';
import { type Selectable, sql } from 'kysely';
import { type Database, plannedAnew } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { recordChange } from './audit-store.ts';
import { idOf, type SortColumns, sortedPage } from './sorted-page.ts';
import { isStorable, isUuid, pageLimit, storableText } from './text.ts';
import { unlessTaken } from './unless-taken.ts';

export function hostStore(database: Database): HostStore {
  return {
    async create(host, by) {
      if (!isUuid(host.segmentUuid)) return { ok: false, why: 'no-segment' };
      return unlessTaken<HostRecord, 'no-segment'>(database, async transaction => {
        // Held until the end, so that the segment cannot go meanwhile.
        const segment = await transaction
          .selectFrom('failover_segment')
          .select('uuid')
          .where('uuid', '=', host.segmentUuid)
          .forShare()
          .executeTakeFirst();
        if (!segment) return { ok: false, why: 'no-segment' };
        const row = await transaction
          .insertInto('host')
          .values({
            uuid: host.uuid,
            name: storableText(host.name),
            segment_uuid: host.segmentUuid,
            type: storableText(host.type),
            reserved: host.reserved,
            on_maintenance: host.onMaintenance,
            sealed_control_attributes: storableText(host.sealedControlAttributes),
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        const after = toHost(row);
        await recordChange(transaction, { action: 'create', type: 'host', after, by });
        return { ok: true, record: after };
      });
    },
    async get(uuid) {
      if (!isUuid(uuid)) return undefined;
      const row = await database.selectFrom('host').selectAll().where('uuid', '=', uuid).executeTakeFirst();
      return row && toHost(row);
    },
    async byName(name) {
      if (!isStorable(name)) return undefined;
      const row = await database
        .selectFrom('host')
        .selectAll()
        .where(sql<string>`md5(name)`, '=', sql<string>`md5(${name})`)
        .where('name', '=', name)
        .executeTakeFirst();
      return row && toHost(row);
    },
    async list({ segmentUuid, name, type, reserved, onMaintenance }, { limit, after, sort }) {
      if (![name ?? '', type ?? ''].every(isStorable)) return [];
      if (segmentUuid !== undefined && !isUuid(segmentUuid)) return [];
      let listing = database.selectFrom('host').selectAll();
      if (segmentUuid !== undefined) listing = listing.where('segment_uuid', '=', segmentUuid);
      if (name !== undefined) listing = listing.where('name', '=', name);
      if (type !== undefined) listing = listing.where('type', '=', type);
      if (reserved !== undefined) listing = listing.where('reserved', '=', reserved);
      if (onMaintenance !== undefined) listing = listing.where('on_maintenance', '=', onMaintenance);
      const page = sortedPage('host', sortColumns, { sort: sort ?? [], after });
      if (sort === undefined && after !== undefined) listing = listing.where('id', '<', after);
      else listing = listing.where(page.after);
      const rows = await listing.orderBy(page.order).limit(pageLimit(limit)).modifyEnd(plannedAnew).execute();
      return rows.map(toHost);
    },
    idOf: reference => idOf(database, 'host', reference),
    async update(uuid, change, by, { evenInUse = false } = {}) {
      if (!isUuid(uuid)) return { ok: false, why: 'not-found' };
      return unlessTaken<HostRecord, 'not-found' | 'in-use'>(database, async transaction => {
        const before = await lockHost(transaction, uuid);
        if (!before) return { ok: false, why: 'not-found' };
        if (!evenInUse && (await isInUse(transaction, before.name))) return { ok: false, why: 'in-use' };
        const { name, type, reserved, onMaintenance, sealedControlAttributes: sealed } = change;
        const row = await transaction
          .updateTable('host')
          .set({
            ...(name === undefined ? {} : { name: storableText(name) }),
            ...(type === undefined ? {} : { type: storableText(type) }),
            ...(reserved === undefined ? {} : { reserved, leased_to: null }),
            ...(onMaintenance === undefined ? {} : { on_maintenance: onMaintenance }),
            ...(sealed === undefined ? {} : { sealed_control_attributes: storableText(sealed) }),
            updated_at: sql<string>`clock_timestamp()`,
          })
          .where('uuid', '=', uuid)
          .returningAll()
          .executeTakeFirstOrThrow();
        const after = toHost(row);
        await recordChange(transaction, { action: 'update', type: 'host', before, after, by });
        return { ok: true, record: after };
      });
    },
    async remove(uuid, by) {
      if (!isUuid(uuid)) return { ok: false, why: 'not-found' };
      return database.transaction().execute(async transaction => {
        const before = await lockHost(transaction, uuid);
        if (!before) return { ok: false, why: 'not-found' };
        if (await isInUse(transaction, before.name)) return { ok: false, why: 'in-use' };
        await transaction.deleteFrom('host').where('uuid', '=', uuid).execute();
        await recordChange(transaction, { action: 'delete', type: 'host', before, by });
        return { ok: true, record: before };
      });
    },
    lease: (name, notificationUuid, by) =>
      turn(database, { name, by, to: { reserved: false, leased_to: notificationUuid } }, host =>
        host.reserved ? 'change' : host.leased_to === notificationUuid ? 'as-it-is' : 'no',
      ),
    endLease: (name, notificationUuid, by) =>
      turn(database, { name, by, to: { reserved: true, leased_to: null } }, host =>
        host.leased_to === notificationUuid ? 'change' : 'no',
      ),
    async reseal(uuid, from, to) {
      if (!isUuid(uuid)) return false;
      const { numUpdatedRows } = await database
        .updateTable('host')
        .set({ sealed_control_attributes: to })
        .where('uuid', '=', uuid)
        .where('sealed_control_attributes', '=', from)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}

/** Removes the hosts of a segment, each with its line in the audit. */
export async function removedHosts(transaction: Database, segmentUuid: string, by: Actor): Promise<void> {
  const rows = await transaction
    .deleteFrom('host')
    .where('segment_uuid', '=', segmentUuid)
    .returningAll()
    .execute();
  for (const before of rows.map(toHost).sort((a, b) => a.id - b.id))
    await recordChange(transaction, { action: 'delete', type: 'host', before, by });
}

async function lockHost(transaction: Database, uuid: string): Promise<HostRecord | undefined> {
  const row = await transaction
    .selectFrom('host')
    .selectAll()
    .where('uuid', '=', uuid)
    .forUpdate()
    .executeTakeFirst();
  return row && toHost(row);
}

type HostRow = Selectable<Schema['host']>;

/** Changes to whom a host is leased, where its row as it stands allows that. */
async function turn(
  database: Database,
  { name, by, to }: { name: string; by: Actor; to: Pick<HostRow, 'reserved' | 'leased_to'> },
  judge: (host: HostRow) => 'change' | 'as-it-is' | 'no',
): Promise<boolean> {
  if (!isStorable(name)) return false;
  return database.transaction().execute(async transaction => {
    const before = await transaction
      .selectFrom('host')
      .selectAll()
      .where(sql<string>`md5(name)`, '=', sql<string>`md5(${name})`)
      .where('name', '=', name)
      .forUpdate()
      .executeTakeFirst();
    const verdict = before ? judge(before) : 'no';
    if (!before || verdict !== 'change') return verdict === 'as-it-is';
    const row = await transaction
      .updateTable('host')
      .set({ ...to, updated_at: sql<string>`clock_timestamp()` })
      .where('uuid', '=', before.uuid)
      .returningAll()
      .executeTakeFirstOrThrow();
    await recordChange(transaction, {
      action: 'update',
      type: 'host',
      before: toHost(before),
      after: toHost(row),
      by,
    });
    return true;
  });
}

/** A notification of it is not over. */
async function isInUse(transaction: Database, name: string): Promise<boolean> {
  const { rows } = await sql`
    select from notification where host = ${name} and ended_at is null limit 1
  `.execute(transaction);
  return rows.length > 0;
}

const toHost = (row: Selectable<Schema['host']>): HostRecord => ({
  id: row.id,
  uuid: row.uuid,
  name: row.name,
  segmentUuid: row.segment_uuid,
  type: row.type,
  reserved: row.reserved,
  onMaintenance: row.on_maintenance,
  sealedControlAttributes: row.sealed_control_attributes,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const sortColumns: SortColumns<HostSortKey> = {
  id: 'number',
  uuid: 'uuid',
  name: 'text',
  segmentUuid: ['segment_uuid', 'uuid'],
  type: 'text',
  reserved: 'boolean',
  onMaintenance: ['on_maintenance', 'boolean'],
  createdAt: ['created_at', 'time'],
  updatedAt: ['updated_at', 'time'],
};
