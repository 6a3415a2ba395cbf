import type { SegmentRecord, SegmentSortKey, SegmentStore } from '@instance-ha/ports';
import { type Selectable, sql } from 'kysely';
import type { Database } from '../pool.ts';
import { plannedAnew } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { recordChange } from './audit-store.ts';
import { removedHosts } from './host-store.ts';
import { idOf, type SortColumns, sortedPage } from './sorted-page.ts';
import { isStorable, isUuid, pageLimit, storableOrNull, storableText } from './text.ts';
import { unlessTaken } from './unless-taken.ts';

export function segmentStore(database: Database): SegmentStore {
  return {
    create: (segment, by) =>
      unlessTaken(database, async transaction => {
        const row = await transaction
          .insertInto('failover_segment')
          .values({
            name: storableText(segment.name),
            description: storableOrNull(segment.description),
            service_type: storableText(segment.serviceType),
            recovery_method: segment.recoveryMethod,
            enabled: segment.enabled,
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        const after = toSegment(row);
        await recordChange(transaction, { action: 'create', type: 'segment', after, by });
        return { ok: true, record: after };
      }),
    async get(uuid) {
      if (!isUuid(uuid)) return undefined;
      const row = await database
        .selectFrom('failover_segment')
        .selectAll()
        .where('uuid', '=', uuid)
        .executeTakeFirst();
      return row && toSegment(row);
    },
    async list({ name, serviceType, recoveryMethod, enabled }, { limit, after, sort }) {
      if (![name ?? '', serviceType ?? ''].every(isStorable)) return [];
      let listing = database.selectFrom('failover_segment').selectAll();
      if (name !== undefined) listing = listing.where('name', '=', name);
      if (serviceType !== undefined) listing = listing.where('service_type', '=', serviceType);
      if (recoveryMethod !== undefined) listing = listing.where('recovery_method', '=', recoveryMethod);
      if (enabled !== undefined) listing = listing.where('enabled', '=', enabled);
      const page = sortedPage('failover_segment', sortColumns, { sort: sort ?? [], after });
      if (sort === undefined && after !== undefined) listing = listing.where('id', '<', after);
      else listing = listing.where(page.after);
      const rows = await listing.orderBy(page.order).limit(pageLimit(limit)).modifyEnd(plannedAnew).execute();
      return rows.map(toSegment);
    },
    idOf: reference => idOf(database, 'failover_segment', reference),
    async update(uuid, change, by) {
      if (!isUuid(uuid)) return { ok: false, why: 'not-found' };
      return unlessTaken<SegmentRecord, 'not-found' | 'in-use'>(database, async transaction => {
        const before = await lockSegment(transaction, uuid);
        if (!before) return { ok: false, why: 'not-found' };
        const { name, description, serviceType, recoveryMethod, enabled } = change;
        const otherMethod =
          (recoveryMethod ?? before.recoveryMethod) !== before.recoveryMethod ||
          (serviceType ?? before.serviceType) !== before.serviceType;
        if (otherMethod && (await isInUse(transaction, uuid))) return { ok: false, why: 'in-use' };
        const row = await transaction
          .updateTable('failover_segment')
          .set({
            ...(name === undefined ? {} : { name: storableText(name) }),
            ...(description === undefined ? {} : { description: storableOrNull(description) }),
            ...(serviceType === undefined ? {} : { service_type: storableText(serviceType) }),
            ...(recoveryMethod === undefined ? {} : { recovery_method: recoveryMethod }),
            ...(enabled === undefined ? {} : { enabled }),
            updated_at: sql<string>`clock_timestamp()`,
          })
          .where('uuid', '=', uuid)
          .returningAll()
          .executeTakeFirstOrThrow();
        const after = toSegment(row);
        await recordChange(transaction, { action: 'update', type: 'segment', before, after, by });
        return { ok: true, record: after };
      });
    },
    async remove(uuid, by) {
      if (!isUuid(uuid)) return { ok: false, why: 'not-found' };
      return database.transaction().execute(async transaction => {
        const before = await lockSegment(transaction, uuid);
        if (!before) return { ok: false, why: 'not-found' };
        if (await isInUse(transaction, uuid)) return { ok: false, why: 'in-use' };
        await removedHosts(transaction, uuid, by);
        await transaction.deleteFrom('failover_segment').where('uuid', '=', uuid).execute();
        await recordChange(transaction, { action: 'delete', type: 'segment', before, by });
        return { ok: true, record: before };
      });
    },
  };
}

async function lockSegment(transaction: Database, uuid: string): Promise<SegmentRecord | undefined> {
  const row = await transaction
    .selectFrom('failover_segment')
    .selectAll()
    .where('uuid', '=', uuid)
    .forUpdate()
    .executeTakeFirst();
  return row && toSegment(row);
}

/** One of its hosts has a notification that is not over. */
async function isInUse(transaction: Database, uuid: string): Promise<boolean> {
  const { rows } = await sql`
    select from host join notification on notification.host = host.name
    where host.segment_uuid = ${uuid} and notification.ended_at is null limit 1
  `.execute(transaction);
  return rows.length > 0;
}

const toSegment = (row: Selectable<Schema['failover_segment']>): SegmentRecord => ({
  id: row.id,
  uuid: row.uuid,
  name: row.name,
  description: row.description,
  serviceType: row.service_type,
  recoveryMethod: row.recovery_method,
  enabled: row.enabled,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const sortColumns: SortColumns<SegmentSortKey> = {
  id: 'number',
  uuid: 'uuid',
  name: 'text',
  description: 'text',
  serviceType: ['service_type', 'text'],
  recoveryMethod: ['recovery_method', 'text'],
  enabled: 'boolean',
  createdAt: ['created_at', 'time'],
  updatedAt: ['updated_at', 'time'],
};
