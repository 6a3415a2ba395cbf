import type { FiledNotification } from '../notification-sink.ts';
import type { NotificationFilter, NotificationRecord, NotificationStore } from '../stores.ts';
import { copy, type MemoryDatabase, type NotificationRow, storableText, uuidOf } from './memory-database.ts';
import { idOf, pageOf } from './memory-pages.ts';

export function memoryNotifications(database: MemoryDatabase): NotificationStore {
  const find = (uuid: string) => database.notifications.find(row => row.record.uuid === uuid);
  return {
    async file(notification, by) {
      await database.enter();
      const known = database.notifications.find(row => row.record.incidentKey === notification.incidentKey);
      if (known) {
        known.record.duplicates += 1;
        return { record: copy(known.record), duplicate: true };
      }
      const row = newRow(database, notification, by.name);
      database.notifications.push(row);
      emitNotification(database, row, 'filed');
      return { record: copy(row.record), duplicate: false };
    },
    async get(uuid) {
      await database.enter();
      return copy(find(uuid)?.record);
    },
    async list(filter, page) {
      await database.enter();
      const records = database.notifications.map(row => row.record);
      return pageOf(records, record => matches(record, filter), page).map(
        ({ evidence: _evidence, ...summary }) => summary,
      );
    },
    async idOf(reference) {
      await database.enter();
      return idOf(
        database.notifications.map(row => row.record),
        reference,
      );
    },
    async journal(uuid) {
      await database.enter();
      return copy(find(uuid)?.journal ?? []);
    },
  };
}

/** Tells the feed what became of a notification. */
export function emitNotification(
  database: MemoryDatabase,
  row: NotificationRow,
  what: 'filed' | 'claimed' | 'noted' | 'ended' | 'released' | 'ruled',
  more: object = {},
): void {
  const { uuid, id, type, status, host, instanceUuid, message } = row.record;
  database.emit('notification', uuid, { what, id, type, status, host, instanceUuid, message, ...more });
}

function newRow(database: MemoryDatabase, filed: FiledNotification, filedBy: string): NotificationRow {
  const { payload } = filed;
  const now = database.now();
  const nowMs = database.clock.monotonicMs();
  const id = database.nextId('notification');
  const host = database.hosts.find(one => one.name === filed.host);
  const instance = payload.type === 'COMPUTE_INSTANCE' ? payload : undefined;
  return {
    record: {
      id,
      uuid: uuidOf(id),
      incidentKey: filed.incidentKey,
      type: payload.type,
      status: 'new',
      host: storableText(filed.host),
      sourceHostUuid: host?.uuid ?? null,
      failoverSegmentUuid: host?.segmentUuid ?? null,
      instanceUuid: instance?.instanceUuid ?? null,
      instanceName: instance ? storableText(instance.instanceName) : null,
      faultAt: filed.faultAt,
      detectedAt: filed.detectedAt,
      acceptedAt: now,
      updatedAt: now,
      endedAt: null,
      payload: copy(payload),
      evidence: copy(filed.evidence),
      message: null,
      duplicates: 0,
      filedBy: storableText(filedBy),
    },
    acceptedAtMs: nowMs,
    endedAtMs: null,
    claimableAtMs: nowMs,
    worker: null,
    fence: 0,
    journal: [],
    restartBegunAtMs: null,
    held: null,
    evacuates: false,
    rulings: [],
  };
}

const matches = (record: NotificationRecord, filter: NotificationFilter): boolean =>
  (filter.type === undefined || record.type === filter.type) &&
  (filter.status === undefined || filter.status.includes(record.status)) &&
  (filter.host === undefined || record.host === filter.host) &&
  (filter.sourceHostUuid === undefined || record.sourceHostUuid === filter.sourceHostUuid) &&
  (filter.instance === undefined ||
    record.instanceUuid === filter.instance ||
    record.instanceName === filter.instance) &&
  (filter.since === undefined || Date.parse(record.detectedAt) >= Date.parse(filter.since)) &&
  (filter.until === undefined || Date.parse(record.detectedAt) < Date.parse(filter.until));
