import type { HeartbeatSighting } from '@instance-ha/recovery';
import type { MonitorReport, ReportedGuest } from '../guest-reporter.ts';
import {
  askedWithinMs,
  type GuestRecord,
  type GuestStore,
  type MonitorRecord,
  type MonitorStore,
  type NotedSilence,
} from '../stores.ts';
import { copy, type MemoryDatabase, type MonitorRow, storableText } from './memory-database.ts';

/** A monitor is believed to be gone when it is unheard for so many of its check intervals, but never sooner than … */
const goneAfterIntervals = 3;
/** … so many milliseconds: only then may a session with an older start replace the stored one. */
const goneAfterMs = 15_000;

export function memoryGuests(database: MemoryDatabase): GuestStore {
  const nowMs = () => database.clock.monotonicMs();
  const key = (host: string, instanceUuid: string) => `${host} ${instanceUuid}`;

  return {
    async report(report) {
      await database.enter();
      const known = database.monitors.get(report.host);
      if (known && !isNewer(report, known, nowMs())) return false;
      storeMonitor(database, report, known);

      const mine = [...database.guests.values()].filter(({ host }) => host === report.host);
      const reported = new Map(report.guests.map(guest => [guest.instanceUuid, guest]));
      for (const guest of reported.values()) {
        const at = key(report.host, guest.instanceUuid);
        const before = database.guests.get(at);
        database.guests.set(at, { ...storable(guest), host: report.host, reportedAt: database.now() });
        if (before && sameNews(before, guest)) continue;
        const { instanceUuid, phase, incidentKey, heardAgainAt, heardAgainBoot } = guest;
        if (incidentKey !== null && heardAgainAt !== null && !database.heardAgain.has(incidentKey)) {
          database.heardAgain.set(incidentKey, { at: heardAgainAt, boot: heardAgainBoot });
        }
        database.emit('guest', instanceUuid, { host: report.host, phase, incidentKey, heardAgainAt });
      }
      for (const guest of report.complete ? mine : []) {
        if (reported.has(guest.instanceUuid)) continue;
        database.guests.delete(key(report.host, guest.instanceUuid));
        database.emit('guest', guest.instanceUuid, { host: report.host, gone: true });
      }
      return true;
    },
    async list({ host, phase }, { limit, after }) {
      await database.enter();
      return tellings(database)
        .filter(guest => host === undefined || guest.host === host)
        .concat(host === undefined ? [] : hidden(database, host))
        .filter(guest => phase === undefined || guest.phase === phase)
        .filter(guest => after === undefined || guest.instanceUuid > after)
        .sort((a, b) => (a.instanceUuid < b.instanceUuid ? -1 : 1))
        .slice(0, limit)
        .map(copy);
    },
    async get(instanceUuid) {
      await database.enter();
      return copy(tellings(database).find(guest => guest.instanceUuid === instanceUuid));
    },
    async heartbeat({ incidentKey, instanceUuid, host }, { silentAfterMs, notInBoot = null }) {
      await database.enter();
      const heardAt = heardAfter(database, incidentKey, notInBoot);
      if (heardAt !== undefined) return { heartbeat: 'heard', atMs: Date.parse(heardAt) };
      const incident = database.notifications.find(({ record }) => record.incidentKey === incidentKey);
      const guest = database.guests.get(key(host, instanceUuid));
      // The incident was closed by an answer of the boot that failed: the guest itself tells of later ones.
      if (notInBoot !== null && incident && guest && guest.boot !== notInBoot && guest.lastBeatAt !== null)
        if (Date.parse(guest.reportedAt) > Date.parse(incident.record.acceptedAt))
          return { heartbeat: 'heard', atMs: Date.parse(guest.lastBeatAt) };
      return silence(database.monitors.get(host), {
        host,
        silentAfterMs,
        nowMs: nowMs(),
        filedAtMs: incident?.acceptedAtMs,
      });
    },
  };
}

/** Whether somebody listens whose silence about the guest means something. */
function silence(
  monitor: MonitorRow | undefined,
  asked: { host: string; silentAfterMs: number; nowMs: number; filedAtMs: number | undefined },
): HeartbeatSighting {
  const { host, silentAfterMs, nowMs, filedAtMs } = asked;
  const nobody = (detail: string, forMs: number): HeartbeatSighting => ({
    heartbeat: 'nobody-listens',
    detail,
    forMs: Math.max(0, forMs),
  });
  if (!monitor) return nobody(`no monitor has reported from ${host}`, 0);
  const silentMs = nowMs - monitor.lastSeenAtMs;
  if (silentMs > silentAfterMs)
    return nobody(`the monitor of ${host} was last heard ${Math.round(silentMs / 1000)} s ago`, silentMs);
  const { state, cause, checkIntervalMs } = monitor.record;
  if (state === 'blind') return nobody(`the monitor of ${host} is blind: ${cause ?? 'unknown'}`, 0);
  if (monitor.watchingSinceMs === null) return nobody(`the monitor of ${host} has not looked yet`, 0);
  if (filedAtMs === undefined) return { heartbeat: 'not-yet' };
  if (monitor.lastSeenAtMs < filedAtMs)
    return nobody(`the monitor of ${host} has not reported since the notification was accepted`, 0);
  const watchesForMs = nowMs - monitor.watchingSinceMs;
  if (monitor.watchingSinceMs > filedAtMs && watchesForMs < checkIntervalMs + askedWithinMs)
    return nobody(
      `the monitor of ${host} watches again for ${Math.round(watchesForMs / 1000)} s only: not every guest was asked yet`,
      0,
    );
  return { heartbeat: 'not-yet' };
}

/** Its monitor tells of a guest's last incident only: heard after a later one is heard after this one too. */
function heardAfter(
  database: MemoryDatabase,
  incidentKey: string,
  notInBoot: string | null,
): string | undefined {
  const heardOf = (key: string): string | undefined => {
    const heard = database.heardAgain.get(key);
    return heard && (notInBoot === null || heard.boot !== notInBoot) ? heard.at : undefined;
  };
  const own = heardOf(incidentKey);
  const incident = database.notifications.find(({ record }) => record.incidentKey === incidentKey)?.record;
  if (own !== undefined || !incident) return own;
  return database.notifications
    .map(({ record }) => record)
    .filter(
      ({ id, host, instanceUuid }) =>
        id > incident.id && host === incident.host && instanceUuid === incident.instanceUuid,
    )
    .sort((a, b) => a.id - b.id)
    .map(later => heardOf(later.incidentKey))
    .find(at => at !== undefined);
}

export function memoryMonitors(database: MemoryDatabase): MonitorStore {
  const record = (row: MonitorRow): MonitorRecord => {
    const guestsByPhase: Record<string, number> = {};
    for (const { host, phase } of database.guests.values()) {
      if (host === row.record.host) guestsByPhase[phase] = (guestsByPhase[phase] ?? 0) + 1;
    }
    return copy({ ...row.record, guestsByPhase });
  };
  return {
    async list() {
      await database.enter();
      return [...database.monitors.values()].map(record).sort((a, b) => (a.host < b.host ? -1 : 1));
    },
    async get(host) {
      await database.enter();
      const row = database.monitors.get(host);
      return row && record(row);
    },
    async noteSilence({ silentAfterMs }) {
      await database.enter();
      const noted: NotedSilence[] = [];
      for (const row of database.monitors.values()) {
        const silent = database.clock.monotonicMs() - row.lastSeenAtMs > silentAfterMs;
        if (silent === row.notedSilent) continue;
        row.notedSilent = silent;
        const { host, session, state, cause, lastSeenAt } = row.record;
        database.emit('monitor', host, { session, state, cause, silent, lastSeenAt });
        noted.push({ host, session, state, cause, lastSeenAt, silent });
      }
      return noted;
    },
  };
}

/** Within a session by sequence; between sessions by their start, unless the stored one has fallen silent. */
function isNewer(report: MonitorReport, known: MonitorRow, nowMs: number): boolean {
  if (report.session === known.record.session) return report.sequence > known.sequence;
  const patienceMs = Math.max(goneAfterMs, goneAfterIntervals * known.record.checkIntervalMs);
  return Date.parse(report.startedAt) >= known.startedAtMs || nowMs - known.lastSeenAtMs > patienceMs;
}

function storeMonitor(database: MemoryDatabase, report: MonitorReport, known: MonitorRow | undefined): void {
  const { guests: _guests, complete: _complete, sequence, sentAt, ...rest } = copy(report);
  const before = known?.record;
  const nowMs = database.clock.monotonicMs();
  const continues = known?.watchingSinceMs != null && before?.session === report.session;
  database.monitors.set(report.host, {
    record: {
      ...rest,
      cause: rest.cause === null ? null : storableText(rest.cause),
      lastSeenAt: database.now(),
      clockAheadMs: sentAt === undefined ? null : Date.parse(sentAt) - database.clock.wallMs(),
    },
    sequence,
    startedAtMs: Date.parse(report.startedAt),
    lastSeenAtMs: nowMs,
    watchingSinceMs: report.state === 'watching' ? (continues ? known.watchingSinceMs : nowMs) : null,
    notedSilent: known?.notedSilent ?? false,
  });
  const { session, state, cause, gate } = report;
  if (state === 'watching' && !continues) {
    for (const row of database.notifications)
      if (row.record.host === report.host && row.record.status === 'error' && row.claimableAtMs !== null)
        row.claimableAtMs = Math.min(row.claimableAtMs, nowMs);
  }
  const same = before?.session === session && before.state === state && before.gate.suspect === gate.suspect;
  if (!same) database.emit('monitor', report.host, { session, state, cause, suspect: gate.suspect });
}

const sameNews = (before: GuestRecord, now: ReportedGuest): boolean =>
  before.phase === now.phase &&
  before.incidentKey === now.incidentKey &&
  before.heardAgainAt === now.heardAgainAt;

const storable = (guest: ReportedGuest): ReportedGuest => ({
  ...copy(guest),
  instanceName: storableText(guest.instanceName),
  why: storableText(guest.why),
  boot: storableText(guest.boot),
});

/** Where two hosts know one instance, the one it is not off on tells more; else the one that reported last. */
function tellings(database: MemoryDatabase): GuestRecord[] {
  const best = new Map<string, GuestRecord>();
  for (const guest of database.guests.values()) {
    const other = best.get(guest.instanceUuid);
    if (!other || tellsMore(guest, other)) best.set(guest.instanceUuid, guest);
  }
  return [...best.values()];
}

const hidden = (database: MemoryDatabase, host: string): GuestRecord[] => {
  const shown = new Set(tellings(database));
  return [...database.guests.values()].filter(guest => guest.host === host && !shown.has(guest));
};

function tellsMore(a: GuestRecord, b: GuestRecord): boolean {
  const off = ({ phase }: GuestRecord) => phase === 'stopped' || phase === 'unknown';
  if (off(a) !== off(b)) return off(b);
  return a.reportedAt > b.reportedAt;
}
