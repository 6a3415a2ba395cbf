import { type Actor, auditChanges } from '../audit.ts';
import type { HostRecord } from '../inventory.ts';
import type { MemoryDatabase } from './memory-database.ts';

/** A notification of it is not over. */
export const isInUse = (database: MemoryDatabase, host: HostRecord): boolean =>
  database.notifications.some(({ record }) => record.host === host.name && record.endedAt === null);

/** The line in the audit for a change that was made. */
export function record(
  database: MemoryDatabase,
  change: {
    action: string;
    type: string;
    before: { uuid: string; name: string } | undefined;
    after: { uuid: string; name: string } | undefined;
    by: Actor;
  },
): void {
  const { action, type, before, after, by } = change;
  const target = after ?? before;
  database.record({
    action,
    outcome: 'success',
    initiator: { ...by.initiator },
    target: { type, id: target?.uuid ?? null, name: target?.name ?? null },
    reason: by.reason ?? null,
    requestId: by.requestId,
    changes: auditChanges(before, after),
  });
}
