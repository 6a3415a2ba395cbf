import { type NotedWorker, type WorkerStore, workerForgottenAfterMs } from '../stores.ts';
import { copy, type MemoryDatabase } from './memory-database.ts';

export function memoryWorkers(database: MemoryDatabase): WorkerStore {
  const { workers } = database;
  return {
    async seen(presence) {
      await database.enter();
      const nowMs = database.clock.monotonicMs();
      for (const [name, { lastSeenAtMs }] of workers)
        if (nowMs - lastSeenAtMs > workerForgottenAfterMs) workers.delete(name);
      workers.set(presence.name, {
        record: { ...copy(presence), lastSeenAt: database.now() },
        lastSeenAtMs: nowMs,
        notedSilent: workers.get(presence.name)?.notedSilent ?? false,
      });
    },
    async left(name) {
      await database.enter();
      workers.delete(name);
    },
    async noteSilence({ silentAfterMs }) {
      await database.enter();
      const noted: NotedWorker[] = [];
      for (const row of workers.values()) {
        const silent = database.clock.monotonicMs() - row.lastSeenAtMs > silentAfterMs;
        if (silent === row.notedSilent) continue;
        row.notedSilent = silent;
        const { name, host, lastSeenAt } = row.record;
        database.emit('worker', name, { host, silent, lastSeenAt });
        noted.push({ name, host, lastSeenAt, silent });
      }
      return noted;
    },
    async list() {
      await database.enter();
      return [...workers.values()]
        .map(({ record }) => copy(record))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}
