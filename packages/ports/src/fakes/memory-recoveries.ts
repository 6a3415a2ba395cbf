import { mayBecome } from '@instance-ha/notification';
import type { NewAuditEvent } from '../audit.ts';
import type { Claim, RecoveryStore } from '../stores.ts';
import { copy, type MemoryDatabase, type NotificationRow, storableText } from './memory-database.ts';
import { emitNotification } from './memory-notifications.ts';

export function memoryRecoveries(database: MemoryDatabase): RecoveryStore {
  const nowMs = () => database.clock.monotonicMs();
  const rows = () => database.notifications;

  const paused = () => database.pause !== undefined && database.pause.untilMs > nowMs();
  /** Begun and not ended, whether or not somebody still works on it. */
  const running = (row: NotificationRow) => row.record.status === 'running';
  const claimable = (row: NotificationRow) => row.claimableAtMs !== null && row.claimableAtMs <= nowMs();
  const sameInstance = (row: NotificationRow) =>
    rows().filter(other => other !== row && other.record.instanceUuid === row.record.instanceUuid);
  const sameHost = ({ record: { type, host } }: NotificationRow) =>
    rows().filter(({ record }) => type === 'COMPUTE_HOST' && record.type === type && record.host === host);
  /** One instance, and one failed host, is recovered by one worker at a time, its notifications in the order they came. */
  const waitsForAnother = (row: NotificationRow) => {
    if (running(row)) return false;
    const rivals = row.record.instanceUuid === null ? sameHost(row) : sameInstance(row);
    if (
      rivals.some(
        other => other !== row && (running(other) || (claimable(other) && other.record.id < row.record.id)),
      )
    )
      return true;
    const { instanceUuid, host } = row.record;
    return instanceUuid !== null && rows().some(other => other.evacuates && other.record.host === host);
  };

  /** The row of a claim that still stands. */
  const held = (claim: Claim, leaseMustStand: boolean) => {
    const row = rows().find(({ record }) => record.id === claim.notification.id);
    if (!row || row.fence !== claim.fence || !running(row) || row.worker === null) return undefined;
    return leaseMustStand && claimable(row) ? undefined : row;
  };

  const note = (row: NotificationRow, events: readonly unknown[], message: string | undefined) => {
    const { worker } = row;
    for (const event of events) {
      const stored: unknown = JSON.parse(JSON.stringify(event));
      row.journal.push({
        sequence: row.journal.length + 1,
        at: database.now(),
        worker: worker ?? '',
        event: stored,
      });
      if (beginsRestart(stored)) row.restartBegunAtMs ??= nowMs();
    }
    if (message !== undefined) row.record.message = storableText(message);
    row.record.updatedAt = database.now();
  };

  const record = (audit: readonly NewAuditEvent[]) => {
    for (const event of audit) database.record(event);
  };

  return {
    async claim({ worker, leaseMs, limit }) {
      await database.enter();
      if (paused()) return [];
      const taken = rows()
        .filter(row => claimable(row) && !waitsForAnother(row))
        .slice(0, limit);
      return taken.map(row => {
        const takenOver = running(row);
        row.record.status = 'running';
        row.record.endedAt = null;
        row.endedAtMs = null;
        row.record.updatedAt = database.now();
        row.worker = storableText(worker);
        row.fence += 1;
        row.claimableAtMs = nowMs() + leaseMs;
        emitNotification(database, row, 'claimed');
        return copy({
          notification: row.record,
          fence: row.fence,
          journal: row.journal,
          takenOver,
          ageMs: nowMs() - row.acceptedAtMs,
          rulings: row.rulings,
        });
      });
    },
    async renew(claim, { leaseMs }) {
      await database.enter();
      const row = held(claim, false);
      if (!row) return 'fenced';
      row.claimableAtMs = nowMs() + leaseMs;
      return 'held';
    },
    async append(claim, events, { message, held: why, audit = [] } = {}) {
      await database.enter();
      const row = held(claim, true);
      if (!row) return 'fenced';
      note(row, events, message);
      if (why === null) row.held = null;
      else if (why !== undefined)
        row.held = { why: storableText(why), since: row.held?.since ?? database.now() };
      record(audit);
      emitNotification(database, row, 'noted');
      return 'stored';
    },
    async takeTurn(claim, { most }) {
      await database.enter();
      const row = held(claim, true);
      if (!row) return 'fenced';
      const others = rows().filter(other => other !== row && other.evacuates);
      if (!row.evacuates && others.length >= most)
        return { taken: false, hosts: others.map(({ record: { host } }) => host).sort() };
      row.evacuates = true;
      return { taken: true };
    },
    async end(claim, events, { status, message, retryInMs, audit = [] }) {
      await database.enter();
      const row = held(claim, true);
      if (!row) return 'fenced';
      if (!mayBecome(row.record.status, status)) {
        throw new Error(`a notification may not go from ${row.record.status} to ${status}`);
      }
      note(row, events, message);
      record(audit);
      row.held = null;
      row.evacuates = false;
      const again = status === 'error' && retryInMs !== undefined;
      row.record.status = status;
      row.record.endedAt = again ? null : database.now();
      row.endedAtMs = again ? null : nowMs();
      row.claimableAtMs = again ? nowMs() + retryInMs : null;
      row.worker = null;
      emitNotification(database, row, 'ended');
      return 'stored';
    },
    async release(claim) {
      await database.enter();
      const row = held(claim, false);
      if (!row) return;
      row.worker = null;
      row.claimableAtMs = nowMs();
      emitNotification(database, row, 'released');
    },
    async restartsAgoMs(instanceUuid, { windowMs, exceptNotification }) {
      await database.enter();
      return rows()
        .filter(({ record }) => record.instanceUuid === instanceUuid && record.uuid !== exceptNotification)
        .flatMap(({ restartBegunAtMs }) => (restartBegunAtMs === null ? [] : [nowMs() - restartBegunAtMs]))
        .filter(agoMs => agoMs < windowMs)
        .sort((a, b) => a - b);
    },
    async furtherFiled({ notification: { id, instanceUuid } }) {
      await database.enter();
      return (
        instanceUuid !== null &&
        rows().some(({ record }) => record.instanceUuid === instanceUuid && record.id > id)
      );
    },
    async nextDueInMs(limitMs) {
      await database.enter();
      const waits = rows().flatMap(row =>
        row.claimableAtMs === null || waitsForAnother(row) ? [] : [row.claimableAtMs - nowMs()],
      );
      const pauseMs = database.pause ? database.pause.untilMs - nowMs() : 0;
      return Math.min(limitMs, Math.max(0, pauseMs, Math.min(limitMs, ...waits)));
    },
  };
}

/** The facts that count against an instance's restart budget: a restart was begun, whether or not it succeeded. */
function beginsRestart(event: unknown): boolean {
  if (typeof event !== 'object' || event === null) return false;
  const { type, act } = event as { type?: unknown; act?: unknown };
  return type === 'act-begun' && (act === 'start' || act === 'hard-reboot' || act === 'evacuate');
}
