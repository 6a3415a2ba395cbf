import { type MonitorActionRecord, type MonitorActionStore, openActionsMax } from '../monitor-actions.ts';
import { type ActionRow, copy, iso, type MemoryDatabase, storableText, uuidOf } from './memory-database.ts';

export function memoryActions(database: MemoryDatabase): MonitorActionStore {
  const nowMs = () => database.clock.monotonicMs();
  const isOpen = ({ record: { status } }: ActionRow) => status === 'asked' || status === 'taken';

  const end = (
    row: ActionRow,
    { status, detail, atMs }: { status: MonitorActionRecord['status']; detail: string; atMs: number },
  ): void => {
    const endedAt = iso(database.clock.wallMs() - (nowMs() - atMs));
    Object.assign(row.record, { status, detail: storableText(detail), endedAt });
    row.dueMs = null;
    row.endedAtMs = atMs;
  };

  /** What has ended by time. */
  const rows = (): ActionRow[] => {
    for (const row of database.actions) {
      if (row.dueMs === null || row.dueMs > nowMs()) continue;
      const atMs = row.dueMs;
      if (row.record.status === 'asked')
        end(row, { status: 'expired', detail: 'the monitor did not take it in time', atMs });
      else end(row, { status: 'in-doubt', detail: 'the monitor took it and did not report in time', atMs });
    }
    return database.actions;
  };

  const emit = ({ record }: ActionRow): void => {
    const { uuid, host, kind, processName, status, detail } = record;
    database.emit('action', host, { uuid, kind, processName, status, detail });
  };

  return {
    async ask({ key, host, kind, processName, life, takeWithinMs, doneWithinMs }) {
      await database.enter();
      const known = rows().find(row => row.key === key);
      if (known) return copy(known.record);
      if (rows().filter(row => isOpen(row) && row.record.host === host).length >= openActionsMax)
        throw new RangeError(`${openActionsMax} actions of ${host} are open already`);
      const id = database.nextId('action');
      const row: ActionRow = {
        key,
        dueMs: nowMs() + takeWithinMs,
        endedAtMs: null,
        record: {
          id,
          uuid: uuidOf(id, 5),
          host: storableText(host),
          kind,
          processName: storableText(processName),
          life: life === null ? null : storableText(life),
          status: 'asked',
          askedAt: database.now(),
          takenAt: null,
          endedAt: null,
          doneWithinMs,
          detail: null,
          sighting: null,
        },
      };
      database.actions.push(row);
      emit(row);
      return copy(row.record);
    },
    async get(uuid) {
      await database.enter();
      return copy(rows().find(({ record }) => record.uuid === uuid)?.record);
    },
    async list({ host }, { limit, after }) {
      await database.enter();
      return rows()
        .map(({ record }) => record)
        .filter(record => record.host === host && (after === undefined || record.id < after))
        .reverse()
        .slice(0, limit)
        .map(copy);
    },
    async take(host) {
      await database.enter();
      const open = rows().filter(row => row.record.host === host && isOpen(row));
      for (const row of open) {
        const { processName } = row.record;
        const first = open.find(other => other.record.processName === processName);
        if (row !== first || row.record.status !== 'asked') continue;
        Object.assign(row.record, { status: 'taken', takenAt: database.now() });
        row.dueMs = nowMs() + row.record.doneWithinMs;
        emit(row);
      }
      return open.flatMap(({ record, dueMs }) =>
        record.status === 'taken' ? [{ ...copy(record), leftMs: Math.floor((dueMs ?? 0) - nowMs()) }] : [],
      );
    },
    async report(uuid, host, { outcome, detail, sighting }) {
      await database.enter();
      const row = rows().find(({ record }) => record.uuid === uuid && record.host === host);
      if (row?.record.status !== 'taken') return false;
      end(row, { status: outcome, detail, atMs: nowMs() });
      row.record.sighting = copy(sighting);
      emit(row);
      return true;
    },
  };
}
