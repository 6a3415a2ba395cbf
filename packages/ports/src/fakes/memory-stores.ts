import type { Clock } from '../clock.ts';
import type { ConfigurationRevision } from '../configuration.ts';
import { recordingsKeptMs } from '../recordings.ts';
import type { Change, ChangeFeed, Pause, PauseStore, Stores, TokenStore } from '../stores.ts';
import { memoryActions } from './memory-actions.ts';
import { memoryAudit } from './memory-audit.ts';
import { memoryConfiguration } from './memory-configuration.ts';
import { copy, iso, type MemoryDatabase, storableRow, storableText } from './memory-database.ts';
import { memoryGuests, memoryMonitors } from './memory-guests.ts';
import { memoryHosts } from './memory-hosts.ts';
import { memoryNotifications } from './memory-notifications.ts';
import { memoryOperations, memoryServices } from './memory-operations.ts';
import { memoryRecordings } from './memory-recordings.ts';
import { memoryRecoveries } from './memory-recoveries.ts';
import { memoryRulings } from './memory-rulings.ts';
import { memorySegments } from './memory-segments.ts';
import { memoryTrends } from './memory-trends.ts';
import { memoryVmoves } from './memory-vmoves.ts';
import { memoryWorkers } from './memory-workers.ts';

/** Changes are kept for a day at most: a feed bridges absences, it is no archive. */
const changesKeptMs = 86_400_000;
const dayMs = 86_400_000;

/**
 * Every store in memory, by the given clock: passes the stores conformance suite. The calls of one instance are
 * atomic, and several workers may share it. Nothing outlives the process.
 */
export type MemoryStores = Stores & {
  /** From now on every call rejects with this error, as when the database is away; `undefined` brings it back. */
  fail(error: Error | undefined): void;
};

export function memoryStores({ clock }: { clock: Clock }): MemoryStores {
  const listeners = new Set<(change: Change) => void>();
  const lost = new Set<() => void>();
  let failure: Error | undefined;
  let lastChangeId = 0;
  const lastIds = new Map<string, number>();

  const database: MemoryDatabase = {
    clock,
    notifications: [],
    monitors: new Map(),
    workers: new Map(),
    recordings: [],
    trends: [],
    guests: new Map(),
    heardAgain: new Map(),
    pause: undefined,
    changes: [],
    tokens: new Map(),
    segments: [],
    hosts: [],
    vmoves: [],
    audit: [],
    actions: [],
    revisions: [],
    targets: new Map(),
    operations: [],
    services: new Map(),
    nextId: table => {
      const id = (lastIds.get(table) ?? 0) + 1;
      lastIds.set(table, id);
      return id;
    },
    record: event => {
      const told = {
        ...storableRow(event),
        id: database.nextId('audit'),
        at: database.now(),
        initiator: storableRow(event.initiator),
        target: storableRow(event.target),
        changes: copy([...event.changes]),
      };
      database.audit.push({ event: told, atMs: clock.monotonicMs() });
    },
    now: () => iso(clock.wallMs()),
    enter: async () => {
      if (failure) throw failure;
    },
    emit: (kind, subject, data) => {
      lastChangeId += 1;
      const change = copy({ id: lastChangeId, at: iso(clock.wallMs()), kind, subject, data });
      database.changes.push({ change, atMs: clock.monotonicMs() });
      // Not within the call that changed something: a listener may call the stores itself.
      for (const listen of listeners) queueMicrotask(() => listen(copy(change)));
    },
  };

  return {
    notifications: memoryNotifications(database),
    recoveries: memoryRecoveries(database),
    rulings: memoryRulings(database),
    guests: memoryGuests(database),
    monitors: memoryMonitors(database),
    workers: memoryWorkers(database),
    recordings: memoryRecordings(database),
    trends: memoryTrends(database),
    pause: memoryPause(database),
    changes: memoryChanges(database, listeners, lost),
    tokens: memoryTokens(database),
    segments: memorySegments(database),
    hosts: memoryHosts(database),
    vmoves: memoryVmoves(database),
    audit: memoryAudit(database),
    actions: memoryActions(database),
    configuration: memoryConfiguration(database),
    operations: memoryOperations(database),
    services: memoryServices(database),
    purge: options => purge(database, options),
    ping: () => database.enter(),
    close: async () => {
      failure = new Error('the stores are closed');
      listeners.clear();
    },
    fail: error => {
      const back = failure !== undefined && error === undefined;
      failure = error;
      if (back) for (const tell of lost) queueMicrotask(tell);
    },
  };
}

function memoryChanges(
  database: MemoryDatabase,
  listeners: Set<(change: Change) => void>,
  lost: Set<() => void>,
): ChangeFeed {
  return {
    async subscribe(listener, signal) {
      await database.enter();
      if (signal.aborted) return;
      const listen = (change: Change) => {
        if (!signal.aborted) listener.onChange(change);
      };
      const tellLost = () => listener.onLost();
      listeners.add(listen);
      lost.add(tellLost);
      const leave = () => {
        listeners.delete(listen);
        lost.delete(tellLost);
      };
      signal.addEventListener('abort', leave, { once: true });
    },
    async since(id, limit) {
      await database.enter();
      return database.changes
        .map(({ change }) => change)
        .filter(change => change.id > id)
        .slice(0, limit)
        .map(copy);
    },
    async latestId() {
      await database.enter();
      return database.changes.at(-1)?.change.id ?? 0;
    },
  };
}

function memoryPause(database: MemoryDatabase): PauseStore {
  const standing = (): Pause | undefined => {
    const { pause, clock } = database;
    if (!pause || pause.untilMs <= clock.monotonicMs()) return undefined;
    const { untilMs: _untilMs, ...rest } = pause;
    return rest;
  };
  return {
    async current() {
      await database.enter();
      return copy(standing());
    },
    async set({ reason, by, forMs }) {
      await database.enter();
      if (!(forMs > 0 && Number.isFinite(forMs))) {
        throw new RangeError(`a pause lasts a positive number of milliseconds, not ${forMs}`);
      }
      const wallMs = database.clock.wallMs();
      database.pause = {
        reason: storableText(reason),
        by: storableText(by),
        from: iso(wallMs),
        until: iso(wallMs + forMs),
        untilMs: database.clock.monotonicMs() + forMs,
      };
      const pause = standing() ?? null;
      database.emit('pause', '', { pause });
      return copy(pause) as Pause;
    },
    async clear({ by }) {
      await database.enter();
      const stood = standing() !== undefined;
      database.pause = undefined;
      if (stood) database.emit('pause', '', { pause: null, by: storableText(by) });
      return stood;
    },
  };
}

function memoryTokens(database: MemoryDatabase): TokenStore {
  const { tokens } = database;
  const hex = (digest: Uint8Array) => Buffer.from(digest).toString('hex');
  return {
    async add({ name, scope, host }, tokenDigest) {
      await database.enter();
      const digest = hex(tokenDigest);
      if (tokens.has(name) || [...tokens.values()].some(token => token.digest === digest)) {
        throw Object.assign(new Error(`a token named ${name}, or with this digest, is there already`), {
          code: 'conflict',
          retryable: false,
        });
      }
      tokens.set(name, { name, scope, host, digest, createdAt: database.now() });
    },
    async find(tokenDigest) {
      await database.enter();
      const digest = hex(tokenDigest);
      const found = [...tokens.values()].find(token => token.digest === digest);
      return found && { name: found.name, scope: found.scope, host: found.host };
    },
    async list() {
      await database.enter();
      return [...tokens.values()]
        .map(({ name, scope, host, createdAt }) => ({ name, scope, host, createdAt }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async remove(name) {
      await database.enter();
      return tokens.delete(name);
    },
  };
}

/** In place: the stores hold on to their rows. */
function removeWhere<Row>(rows: Row[], isGone: (row: Row) => boolean): void {
  const gone = new Set(rows.filter(isGone));
  for (let at = rows.length - 1; at >= 0; at -= 1) if (gone.has(rows[at] as Row)) rows.splice(at, 1);
}

async function purge(
  database: MemoryDatabase,
  { olderThanDays, limit }: { olderThanDays: number; limit: number },
): Promise<number> {
  await database.enter();
  const nowMs = database.clock.monotonicMs();
  const keptMs = olderThanDays * dayMs;
  let left = limit;
  const go = (old: boolean) => {
    if (!old || left === 0) return false;
    left -= 1;
    return true;
  };
  database.notifications = database.notifications.filter(
    ({ endedAtMs }) => !go(endedAtMs !== null && nowMs - endedAtMs > keptMs),
  );
  const kept = new Set(database.notifications.map(({ record }) => record.uuid));
  database.vmoves = database.vmoves.filter(({ notificationUuid }) => kept.has(notificationUuid));
  database.audit = database.audit.filter(({ atMs }) => !go(nowMs - atMs > keptMs));
  database.recordings = database.recordings.filter(
    ({ keptAtMs }) => !go(nowMs - keptAtMs > Math.min(keptMs, recordingsKeptMs)),
  );
  database.actions = database.actions.filter(
    ({ endedAtMs, dueMs }) => !go(nowMs - (endedAtMs ?? dueMs ?? nowMs) > keptMs),
  );
  const newest = database.changes.at(-1);
  database.changes = database.changes.filter(
    row => !go(row !== newest && nowMs - row.atMs > Math.min(keptMs, changesKeptMs)),
  );
  removeWhere(database.operations, ({ endedAtMs }) => go(endedAtMs !== null && nowMs - endedAtMs > keptMs));
  // What hosts run, and everything since, stays: a roll-back goes no further.
  const leastWanted = Math.min(...database.targets.values());
  const isReplaced = ({ host, revision }: ConfigurationRevision): boolean =>
    database.revisions.some(
      ({ record }) => record.host === host && record.revision > revision && record.revision <= leastWanted,
    );
  removeWhere(database.revisions, ({ record, savedAtMs }) =>
    go(database.targets.size > 0 && nowMs - savedAtMs > keptMs && isReplaced(record)),
  );
  for (const [host, monitor] of database.monitors) {
    if (!go(nowMs - monitor.lastSeenAtMs > keptMs)) continue;
    database.monitors.delete(host);
    for (const [key, guest] of database.guests) if (guest.host === host) database.guests.delete(key);
  }
  return limit - left;
}
