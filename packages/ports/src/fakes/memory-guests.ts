import type { MonitorReport, ReportedGuest } from '../guest-reporter.ts';
import type { GuestRecord, GuestStore, MonitorRecord, MonitorStore, NotedSilence } from '../stores.ts';
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
        const { instanceUuid, phase, incidentKey, heardAgainAt } = guest;
        if (incidentKey !== null && heardAgainAt !== null && !database.heardAgain.has(incidentKey)) {
          database.heardAgain.set(incidentKey, heardAgainAt);
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
    async heartbeat({ incidentKey, host }, { silentAfterMs }) {
      await database.enter();
      const heardAt = heardAfter(database, incidentKey);
      if (heardAt !== undefined) return { heartbeat: 'heard', atMs: Date.parse(heardAt) };
      const monitor = database.monitors.get(host);
      if (!monitor) return { heartbeat: 'nobody-listens', detail: `no monitor has reported from ${host}` };
      const silentMs = nowMs() - monitor.lastSeenAtMs;
      if (silentMs > silentAfterMs) {
        const seconds = Math.round(silentMs / 1000);
        return {
          heartbeat: 'nobody-listens',
          detail: `the monitor of ${host} was last heard ${seconds} s ago`,
        };
      }
      const { state, cause } = monitor.record;
      if (state === 'blind') {
        return {
          heartbeat: 'nobody-listens',
          detail: `the monitor of ${host} is blind: ${cause ?? 'unknown'}`,
        };
      }
      return { heartbeat: 'not-yet' };
    },
  };
}

/** Its monitor tells of a guest's last incident only: heard after a later one is heard after this one too. */
function heardAfter(database: MemoryDatabase, incidentKey: string): string | undefined {
  const own = database.heardAgain.get(incidentKey);
  const incident = database.notifications.find(({ record }) => record.incidentKey === incidentKey)?.record;
  if (own !== undefined || !incident) return own;
  return database.notifications
    .map(({ record }) => record)
    .filter(
      ({ id, host, instanceUuid }) =>
        id > incident.id && host === incident.host && instanceUuid === incident.instanceUuid,
    )
    .sort((a, b) => a.id - b.id)
    .map(later => database.heardAgain.get(later.incidentKey))
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
  const { guests: _guests, complete: _complete, sequence, ...rest } = copy(report);
  const before = known?.record;
  database.monitors.set(report.host, {
    record: {
      ...rest,
      cause: rest.cause === null ? null : storableText(rest.cause),
      lastSeenAt: database.now(),
    },
    sequence,
    startedAtMs: Date.parse(report.startedAt),
    lastSeenAtMs: database.clock.monotonicMs(),
    notedSilent: known?.notedSilent ?? false,
  });
  const { session, state, cause, gate } = report;
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
