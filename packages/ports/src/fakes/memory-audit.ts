import type { AuditStore } from '../audit.ts';
import { copy, type MemoryDatabase } from './memory-database.ts';
import { pageOf } from './memory-pages.ts';

export function memoryAudit(database: MemoryDatabase): AuditStore {
  return {
    async append(event) {
      await database.enter();
      database.record(copy(event));
    },
    async list(filter, page) {
      await database.enter();
      const { action, outcome, initiator, targetType, targetId, requestId, since, until } = filter;
      const is = (wanted: string | undefined, found: string | null): boolean =>
        wanted === undefined || wanted === found;
      return pageOf(
        database.audit.map(({ event }) => event),
        event =>
          is(action, event.action) &&
          is(outcome, event.outcome) &&
          is(initiator, event.initiator.name) &&
          is(targetType, event.target.type) &&
          is(targetId, event.target.id) &&
          is(requestId, event.requestId) &&
          (since === undefined || Date.parse(event.at) >= Date.parse(since)) &&
          (until === undefined || Date.parse(event.at) < Date.parse(until)),
        page,
      );
    },
  };
}
