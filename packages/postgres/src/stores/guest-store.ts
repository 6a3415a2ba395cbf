import {
  askedWithinMs,
  type GuestRecord,
  type GuestStore,
  type MonitorReport,
  type ReportedGuest,
} from '@instance-ha/ports';
import { type Selectable, sql } from 'kysely';
import type { Database } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { isUuid, pageLimit, storableOrNull, storableText } from './text.ts';

type GuestRow = Selectable<Schema['guest']>;

export function guestStore(database: Database): GuestStore {
  return {
    report: report =>
      database.transaction().execute(async transaction => {
        // The row of the monitor is locked from here on: reports of one host are stored one after the other.
        const stored = await storeMonitor(transaction, report);
        if (stored === 'overtaken') return false;
        if (stored === 'news') await emitMonitor(transaction, report);
        if (report.guests.length > 0 || report.complete) await storeGuests(transaction, report);
        return true;
      }),
    async list({ host, phase }, { limit, after }) {
      const from =
        after === undefined ? sql`true` : isUuid(after) ? sql`instance_uuid > ${after}` : sql`false`;
      const of = host === undefined ? sql`true` : sql`host = ${storableText(host)}`;
      const { rows } = await sql<GuestRow>`
        select * from (
          select distinct on (instance_uuid) * from guest
          where ${of} and ${from}
          order by instance_uuid, ${tellsLeast}, reported_at desc
        ) telling
        where ${phase === undefined ? sql`true` : sql`phase = ${storableText(phase)}`}
        order by instance_uuid
        limit ${pageLimit(limit)}
      `.execute(database);
      return rows.map(toRecord);
    },
    async get(instanceUuid) {
      if (!isUuid(instanceUuid)) return undefined;
      const { rows } = await sql<GuestRow>`
        select * from guest where instance_uuid = ${instanceUuid}
        order by ${tellsLeast}, reported_at desc
        limit 1
      `.execute(database);
      return rows[0] && toRecord(rows[0]);
    },
    heartbeat: (incident, options) => heartbeat(database, incident, options),
  };
}

type Listener = {
  heard_at: string | null;
  state: MonitorReport['state'] | null;
  cause: string | null;
  silent_ms: number | null;
  reported_since: boolean | null;
  began_since: boolean | null;
  watches_for_ms: number | null;
  check_interval_ms: number | null;
};

const heartbeat: (
  database: Database,
  ...asked: Parameters<GuestStore['heartbeat']>
) => ReturnType<GuestStore['heartbeat']> = async (
  database,
  { incidentKey, instanceUuid, host },
  { silentAfterMs, notInBoot = null },
) => {
  const inAnother = (boot: string) =>
    sql`(${notInBoot}::text is null or ${sql.ref(boot)} is distinct from ${notInBoot}::text)`;
  const { rows } = await sql<Listener>`
    with this as (
      select id, instance_uuid, host, accepted_at from notification where incident_key = ${incidentKey}
    )
    select
      coalesce(
        (select heard_again_at from heard_again where incident_key = ${incidentKey} and ${inAnother('boot')}),
        -- Its monitor tells of a guest's last incident only: heard after a later one is heard after this one too.
        (
          select heard_again_at
          from this
          join notification later
            on later.instance_uuid = this.instance_uuid and later.host = this.host and later.id > this.id
          join heard_again on heard_again.incident_key = later.incident_key and ${inAnother('heard_again.boot')}
          order by later.id
          limit 1
        ),
        -- The incident was closed by an answer of the boot that failed: the guest itself tells of later ones.
        (
          select g.last_beat_at from guest g, this
          where ${notInBoot}::text is not null
            and g.host = ${storableText(host)} and g.instance_uuid = ${isUuid(instanceUuid) ? instanceUuid : null}
            and g.reported_at > this.accepted_at and ${inAnother('g.boot')}
        )
      ) as heard_at,
      m.state, m.cause, m.check_interval_ms,
      extract(epoch from statement_timestamp() - m.last_seen_at)::float8 * 1000 as silent_ms,
      m.last_seen_at >= coalesce(this.accepted_at, '-infinity') as reported_since,
      m.watching_since > coalesce(this.accepted_at, 'infinity') as began_since,
      extract(epoch from statement_timestamp() - m.watching_since)::float8 * 1000 as watches_for_ms
    from (select) asked
    left join monitor m on m.host = ${storableText(host)}
    left join this on true
  `.execute(database);
  const listener = rows[0];
  if (listener?.heard_at) return { heartbeat: 'heard', atMs: Date.parse(listener.heard_at) };
  const nobody = whyNobodyListens(listener, { host, silentAfterMs });
  return nobody ? { heartbeat: 'nobody-listens', ...nobody } : { heartbeat: 'not-yet' };
};

/** Why the silence of the host's monitor about a guest means nothing; null where it means something. */
function whyNobodyListens(
  listener: Listener | undefined,
  { host, silentAfterMs }: { host: string; silentAfterMs: number },
): { detail: string; forMs: number } | null {
  const nobody = (detail: string, forMs = 0) => ({ detail, forMs: Math.max(0, forMs) });
  const silentMs = listener?.silent_ms ?? null;
  if (!listener || silentMs === null) return nobody(`no monitor has reported from ${host}`);
  const { state, cause, watches_for_ms: watchesForMs } = listener;
  if (silentMs > silentAfterMs)
    return nobody(`the monitor of ${host} was last heard ${Math.round(silentMs / 1000)} s ago`, silentMs);
  if (state === 'blind') return nobody(`the monitor of ${host} is blind: ${cause ?? 'unknown'}`);
  if (state !== 'watching' || watchesForMs === null)
    return nobody(`the monitor of ${host} has not looked yet`);
  if (!listener.reported_since)
    return nobody(`the monitor of ${host} has not reported since the notification was accepted`);
  if (listener.began_since && watchesForMs < (listener.check_interval_ms ?? 0) + askedWithinMs)
    return nobody(
      `the monitor of ${host} watches again for ${Math.round(watchesForMs / 1000)} s only: not every guest was asked yet`,
    );
  return null;
}

/** Where two hosts know one instance, the one it is not off on tells more; else the one that reported last. */
const tellsLeast = sql`(phase in ('stopped', 'unknown'))`;

/**
 * Stores the monitor's own row when the report is newer: within a session by its sequence, between sessions by their
 * start, unless the stored session has fallen silent: then a start in its past (a clock set back) is believed.
 */
async function storeMonitor(
  transaction: Database,
  report: MonitorReport,
): Promise<'overtaken' | 'stored' | 'news'> {
  const { gate } = report;
  const { rows } = await sql<{ news: boolean; watches_again: boolean }>`
    with before as (
      select * from monitor where host = ${storableText(report.host)}
    ), stored as (
      insert into monitor (
        host, session, sequence, version, started_at, state, cause, mode, check_interval_ms,
        gate_suspect, gate_silent, gate_heard, spool_depth, last_seen_at, watching_since, clock_ahead_ms
      ) values (
        ${storableText(report.host)}, ${storableText(report.session)}, ${report.sequence},
        ${storableText(report.version)}, ${report.startedAt}, ${report.state}, ${storableOrNull(report.cause)},
        ${report.mode}, ${report.checkIntervalMs},
        ${gate.suspect}, ${gate.silent}, ${gate.heard}, ${report.spoolDepth}, clock_timestamp(),
        case when ${report.state} = 'watching' then clock_timestamp() end,
        extract(epoch from ${report.sentAt ?? null}::timestamptz - clock_timestamp())::float8 * 1000
      )
      on conflict (host) do update set
        session = excluded.session, sequence = excluded.sequence, version = excluded.version,
        started_at = excluded.started_at, state = excluded.state, cause = excluded.cause, mode = excluded.mode,
        check_interval_ms = excluded.check_interval_ms, gate_suspect = excluded.gate_suspect,
        gate_silent = excluded.gate_silent, gate_heard = excluded.gate_heard,
        spool_depth = excluded.spool_depth, last_seen_at = excluded.last_seen_at,
        clock_ahead_ms = excluded.clock_ahead_ms,
        watching_since = case
          when excluded.watching_since is not null and monitor.session = excluded.session
            then coalesce(monitor.watching_since, excluded.watching_since)
          else excluded.watching_since end
      where case when excluded.session = monitor.session
        then excluded.sequence > monitor.sequence
        else excluded.started_at >= monitor.started_at
          or excluded.last_seen_at - monitor.last_seen_at
            > greatest(interval '15 seconds', 3 * monitor.check_interval_ms * interval '1 millisecond')
        end
      returning *
    )
    select (before.session, before.state, before.gate_suspect)
      is distinct from (stored.session, stored.state, stored.gate_suspect) as news,
      stored.watching_since is not null
        and stored.watching_since is distinct from before.watching_since as watches_again
    from stored left join before on before.host = stored.host
  `.execute(transaction);
  if (!rows[0]) return 'overtaken';
  if (rows[0].watches_again) await retryNow(transaction, report.host);
  return rows[0].news ? 'news' : 'stored';
}

/** What kept recoveries of this host, a hypervisor that was away or a guest that nobody heard, is likely over. */
function retryNow(transaction: Database, host: string): Promise<unknown> {
  return sql`
    update recovery r set claimable_at = least(r.claimable_at, clock_timestamp())
    from notification n
    where n.id = r.notification_id and n.host = ${storableText(host)} and n.status = 'error'
      and r.claimable_at is not null
  `.execute(transaction);
}

function emitMonitor(transaction: Database, report: MonitorReport): Promise<unknown> {
  const data = {
    session: storableText(report.session),
    state: report.state,
    cause: storableOrNull(report.cause),
    suspect: report.gate.suspect,
  };
  return sql`
    select emit_changes('monitor', array[${storableText(report.host)}::text], array[${JSON.stringify(data)}::json])
  `.execute(transaction);
}

/** All guests of a report in one statement; the feed is told only of those of which something matters to others. */
function storeGuests(transaction: Database, report: MonitorReport): Promise<unknown> {
  const latest = new Map(report.guests.map(guest => [guest.instanceUuid, storable(guest)]));
  const host = storableText(report.host);
  return sql`
    with reported as materialized (
      select * from json_to_recordset(${JSON.stringify([...latest.values()])}::json) as guest (
        instance_uuid uuid, instance_name text, phase text, why text, since timestamptz, last_beat_at timestamptz,
        misses integer, boot text, agent_channel boolean, incident_key text, heard_again_at timestamptz,
        heard_again_boot text
      )
    ), before as (
      select instance_uuid, phase, incident_key, heard_again_at from guest where host = ${host}
    ), gone as (
      delete from guest
      where host = ${host} and ${report.complete}::boolean
        and instance_uuid not in (select instance_uuid from reported)
      returning instance_uuid
    ), stored as (
      insert into guest (
        host, instance_uuid, instance_name, phase, why, since, last_beat_at, misses, boot, agent_channel,
        incident_key, heard_again_at, heard_again_boot, reported_at
      )
      select ${host}, reported.*, clock_timestamp() from reported
      on conflict (host, instance_uuid) do update set
        instance_name = excluded.instance_name, phase = excluded.phase, why = excluded.why,
        since = excluded.since, last_beat_at = excluded.last_beat_at, misses = excluded.misses,
        boot = excluded.boot, agent_channel = excluded.agent_channel, incident_key = excluded.incident_key,
        heard_again_at = excluded.heard_again_at, heard_again_boot = excluded.heard_again_boot, reported_at = excluded.reported_at
    ), changed as (
      select reported.* from reported left join before using (instance_uuid)
      where (before.phase, before.incident_key, before.heard_again_at)
        is distinct from (reported.phase, reported.incident_key, reported.heard_again_at)
    ), heard as (
      insert into heard_again (incident_key, heard_again_at, boot)
      select distinct on (incident_key) incident_key, heard_again_at, heard_again_boot from changed
      where incident_key is not null and heard_again_at is not null
      on conflict do nothing
    ), news as (
      select instance_uuid, json_build_object(
        'host', ${host}::text, 'phase', phase, 'incidentKey', incident_key,
        'heardAgainAt', to_char(heard_again_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      ) as data from changed
      union all
      select instance_uuid, json_build_object('host', ${host}::text, 'gone', true) from gone
    )
    select emit_changes('guest', array_agg(instance_uuid::text), array_agg(data)) from news having count(*) > 0
  `.execute(transaction);
}

const storable = (guest: ReportedGuest) => ({
  instance_uuid: guest.instanceUuid,
  instance_name: storableText(guest.instanceName),
  phase: storableText(guest.phase),
  why: storableText(guest.why),
  since: guest.since,
  last_beat_at: guest.lastBeatAt,
  misses: guest.misses,
  boot: storableText(guest.boot),
  agent_channel: guest.agentChannel,
  incident_key: storableOrNull(guest.incidentKey),
  heard_again_at: guest.heardAgainAt,
  heard_again_boot: storableOrNull(guest.heardAgainBoot),
});

const toRecord = (row: GuestRow): GuestRecord => ({
  host: row.host,
  instanceUuid: row.instance_uuid,
  instanceName: row.instance_name,
  phase: row.phase as GuestRecord['phase'],
  why: row.why,
  since: row.since,
  lastBeatAt: row.last_beat_at,
  misses: row.misses,
  boot: row.boot,
  agentChannel: row.agent_channel,
  incidentKey: row.incident_key,
  heardAgainAt: row.heard_again_at,
  heardAgainBoot: row.heard_again_boot,
  reportedAt: row.reported_at,
});
