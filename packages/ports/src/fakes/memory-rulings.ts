import { judgeRuling, possibleNow, type Ruling, type RulingStore } from '../rulings.ts';
import { copy, type MemoryDatabase, storableText } from './memory-database.ts';
import { emitNotification } from './memory-notifications.ts';

export function memoryRulings(database: MemoryDatabase): RulingStore {
  const find = (uuid: string) => database.notifications.find(({ record }) => record.uuid === uuid);
  return {
    async rule(uuid, ruling, by) {
      await database.enter();
      const row = find(uuid);
      if (!row) return { ok: false, why: 'not-found' };
      const { record, rulings, held } = row;
      const standing = { status: record.status, held: held !== null };
      const judged = judgeRuling({ ruling, ...standing }, rulings);
      if (judged.may === 'refuse')
        return copy({
          ok: false,
          why: 'not-possible',
          notification: record,
          held,
          possible: possibleNow(standing, rulings),
          standing: judged.standing,
        });
      if (judged.may === 'stand')
        return copy({ ok: true, made: false, ruling: judged.ruling, notification: record });

      const reason = by.reason == null ? null : storableText(by.reason);
      const made: Ruling = {
        ruling,
        by: storableText(by.initiator.name),
        reason,
        at: database.now(),
        round: judged.round,
      };
      rulings.push(made);
      const nowMs = database.clock.monotonicMs();
      if (ruling === 'retry') {
        if (record.status !== 'error') record.status = 'new';
        record.endedAt = null;
        row.endedAtMs = null;
      }
      const idle = row.worker === null && record.status !== 'running';
      if (ruling === 'retry' || (ruling === 'abort' && idle)) row.claimableAtMs = nowMs;
      record.updatedAt = database.now();
      database.record({
        action: ruling,
        outcome: 'success',
        initiator: by.initiator,
        target: { type: 'notification', id: record.uuid, name: record.instanceName ?? record.host },
        reason,
        requestId: by.requestId,
        changes: [],
      });
      emitNotification(database, row, 'ruled', { ruling, by: made.by, reason });
      return copy({ ok: true, made: true, ruling: made, notification: record });
    },
    async held(limit) {
      await database.enter();
      return database.notifications
        .flatMap(({ record: { uuid, type, host, instanceName, status }, held }) =>
          held && status === 'running' ? [copy({ uuid, type, host, instanceName, ...held })] : [],
        )
        .sort((a, b) => (a.since < b.since ? -1 : 1))
        .slice(0, limit);
    },
    async of(uuid) {
      await database.enter();
      const row = find(uuid);
      if (!row) return undefined;
      const { rulings, held, record } = row;
      return copy({
        held,
        rulings,
        possible: possibleNow({ status: record.status, held: held !== null }, rulings),
      });
    },
  };
}
