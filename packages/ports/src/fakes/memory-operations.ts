import type { Advance, Row } from '@instance-ha/rollout';
import type { Actor } from '../audit.ts';
import type {
  OperationRecord,
  OperationRowRecord,
  OperationSnapshot,
  OperationStore,
  ServiceStore,
} from '../configuration.ts';
import { serviceForgottenAfterMs } from '../configuration.ts';
import { copy, type MemoryDatabase, storableRow, storableText } from './memory-database.ts';

export type OperationEntry = {
  record: Omit<OperationRecord, 'counts'>;
  rows: { record: OperationRowRecord; toldAtMs: number | null }[];
  endedAtMs: number | null;
};

/** Operations that are over are looked at again while a row of theirs is open; at most so many. */
const openMax = 20;
const openStates: readonly Row['state'][] = ['applying', 'not-answering', 'rolling-back'];

export function memoryOperations(database: MemoryDatabase): OperationStore {
  const { operations } = database;
  const find = (id: number): OperationEntry | undefined => operations.find(({ record }) => record.id === id);
  const audit = (entry: OperationEntry, action: string, by: Actor): void =>
    database.record({
      action,
      outcome: 'success',
      initiator: by.initiator,
      target: { type: 'operation', id: String(entry.record.id), name: 'reconfigure' },
      reason: by.reason ?? null,
      requestId: by.requestId,
      changes: [],
    });
  return {
    async start({ rows, hosts, comment, ...asked }, by) {
      await database.enter();
      const running = operations.find(({ record }) => record.state === 'running');
      if (running) return { ok: false, why: 'busy', record: shown(running) };
      const entry: OperationEntry = {
        record: {
          ...asked,
          id: database.nextId('operation'),
          kind: 'reconfigure',
          hosts: hosts === null ? null : [...hosts],
          comment: comment === null ? null : storableText(comment),
          state: 'running',
          message: null,
          startedBy: storableText(by.initiator.name),
          startedAt: database.now(),
          endedAt: null,
        },
        endedAtMs: null,
        rows: rows.map(row => ({
          toldAtMs: null,
          record: {
            ...row,
            state: 'pending',
            running: null,
            error: null,
            toldAt: null,
            changedAt: database.now(),
          },
        })),
      };
      operations.push(entry);
      audit(entry, 'reconfigure', { ...by, reason: comment });
      database.emit('operation', String(entry.record.id), { state: 'running' });
      return { ok: true, record: shown(entry) };
    },
    async get(id) {
      await database.enter();
      const found = find(id);
      return found && shown(found);
    },
    async list({ state }, { limit, after = Number.POSITIVE_INFINITY }) {
      await database.enter();
      return operations
        .filter(({ record }) => record.id < after && (state === undefined || record.state === state))
        .reverse()
        .slice(0, limit)
        .map(shown);
    },
    async rows(id) {
      await database.enter();
      return (find(id)?.rows ?? []).map(({ record }) => copy(record)).sort(byPlace);
    },
    async open() {
      await database.enter();
      return operations
        .filter(
          ({ record, rows }) =>
            record.state === 'running' || rows.some(row => openStates.includes(row.record.state)),
        )
        .slice(-openMax)
        .map(({ record }) => record.id);
    },
    async advance(id, decide, by) {
      await database.enter();
      const entry = find(id);
      if (!entry) return undefined;
      carryOut(database, entry, decide(snapshot(database, entry)));
      if (by) audit(entry, by.action, by);
      return shown(entry);
    },
  };
}

function snapshot(database: MemoryDatabase, { record, rows }: OperationEntry): OperationSnapshot {
  const nowMs = database.clock.monotonicMs();
  const { revision, hosts, onFailure, atOnce, answerWithinMs, state } = record;
  const names = new Set(rows.map(row => row.record.host));
  return {
    operation: { revision, isForAll: hosts === null, onFailure, atOnce, answerWithinMs, state },
    rows: rows
      .map(({ record: { toldAt: _toldAt, changedAt: _changedAt, ...row }, toldAtMs }) => ({
        ...row,
        toldAgoMs: toldAtMs === null ? null : nowMs - toldAtMs,
      }))
      .sort(byPlace),
    members: [...database.services.values()]
      .filter(({ record }) => names.has(record.host))
      .map(({ record: { host, service, wanted, running, state, error }, seenAtMs }) => ({
        host,
        service,
        wanted,
        running,
        state,
        error,
        seenAgoMs: nowMs - seenAtMs,
      })),
  };
}

function carryOut(database: MemoryDatabase, entry: OperationEntry, { rows, targets, end }: Advance): void {
  const id = String(entry.record.id);
  for (const { host, service, isTold, state, running, error } of rows) {
    const row = entry.rows.find(({ record }) => record.host === host && record.service === service);
    if (!row) continue;
    const now = database.now();
    const changed = { state, running, error: error === null ? null : storableText(error), changedAt: now };
    row.record = { ...row.record, ...changed, ...(isTold ? { toldAt: now } : {}) };
    if (isTold) row.toldAtMs = database.clock.monotonicMs();
  }
  for (const { host, revision } of targets) {
    if (host === null) database.targets.clear();
    database.targets.set(host, revision);
  }
  if (end) {
    entry.record = { ...entry.record, ...end, endedAt: database.now() };
    entry.endedAtMs = database.clock.monotonicMs();
  }
  for (const { host, service, state } of rows)
    database.emit('operation', id, { state: entry.record.state, row: { host, service, state } });
  if (end) database.emit('operation', id, { state: end.state });
}

function shown({ record, rows }: OperationEntry): OperationRecord {
  const counts: OperationRecord['counts'] = {};
  for (const row of rows) counts[row.record.state] = (counts[row.record.state] ?? 0) + 1;
  return copy({ ...record, counts });
}

const byPlace = (a: { host: string; service: string }, b: { host: string; service: string }): number => {
  const [left, right] = [`${a.host} ${a.service}`, `${b.host} ${b.service}`];
  return left < right ? -1 : left > right ? 1 : 0;
};

export function memoryServices(database: MemoryDatabase): ServiceStore {
  const { services, clock } = database;
  const keyOf = ({ service, name }: { service: string; name: string }): string => `${service} ${name}`;
  const forget = ({ service, host, name }: { service: string; host: string; name: string }): void => {
    for (const [key, { record, seenAtMs }] of services) {
      const isOld = clock.monotonicMs() - seenAtMs > serviceForgottenAfterMs;
      if (isOld && record.service === service && record.host === host && record.name !== name)
        services.delete(key);
    }
  };
  return {
    async asked(asking) {
      await database.enter();
      forget(asking);
      const told = storableRow(asking);
      const known = services.get(keyOf(told))?.record;
      const unsaid = { wanted: null, running: null, state: null, error: null };
      services.set(keyOf(told), {
        record: { ...(known ?? unsaid), ...told, seenAt: database.now() },
        seenAtMs: clock.monotonicMs(),
      });
    },
    async reported(report) {
      await database.enter();
      forget(report);
      const told = storableRow(report);
      services.set(keyOf(told), {
        record: { ...told, seenAt: database.now() },
        seenAtMs: clock.monotonicMs(),
      });
    },
    async left(service) {
      await database.enter();
      services.delete(keyOf(storableRow(service)));
    },
    async list() {
      await database.enter();
      return [...services.values()]
        .map(({ record }) => copy(record))
        .sort((a, b) => byPlace(a, b) || (a.name < b.name ? -1 : 1));
    },
  };
}
