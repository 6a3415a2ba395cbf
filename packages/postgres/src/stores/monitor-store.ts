import type { MonitorRecord, MonitorStore, NotedSilence } from '@instance-ha/ports';
import { type Selectable, sql } from 'kysely';
import type { Database } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { storableText } from './text.ts';

type MonitorRow = Selectable<Schema['monitor']> & { guests_by_phase: Record<string, number> };

/** More hosts than one installation has. */
const listMax = 10_000;

export function monitorStore(database: Database): MonitorStore {
  const select = async (where: ReturnType<typeof sql>): Promise<MonitorRecord[]> => {
    const { rows } = await sql<MonitorRow>`
      select m.*, (
        select coalesce(json_object_agg(phase, guests), '{}')
        from (select phase, count(*) as guests from guest g where g.host = m.host group by phase) counted
      ) as guests_by_phase
      from monitor m
      where ${where}
      order by m.host
      limit ${listMax}
    `.execute(database);
    return rows.map(toRecord);
  };
  return {
    list: () => select(sql`true`),
    get: async host => (await select(sql`m.host = ${storableText(host)}`))[0],
    noteSilence: ({ silentAfterMs }) =>
      database.transaction().execute(async transaction => {
        // A row that is locked is being noted by somebody else, or heard at this moment: the next call will see.
        const { rows } = await sql<NotedRow>`
          update monitor set noted_silent = not noted_silent
          where host in (
            select host from monitor
            where noted_silent <> (last_seen_at < statement_timestamp() - ${silentAfterMs} * interval '1 millisecond')
            limit ${listMax}
            for update skip locked
          )
          returning host, session, state, cause, last_seen_at, noted_silent
        `.execute(transaction);
        const noted = rows.map(toNoted).sort((a, b) => (a.host < b.host ? -1 : 1));
        if (noted.length === 0) return noted;
        const hosts = noted.map(({ host }) => host);
        const data = noted.map(({ host: _host, ...told }) => JSON.stringify(told));
        await sql`select emit_changes('monitor', ${hosts}::text[], ${data}::json[])`.execute(transaction);
        return noted;
      }),
  };
}

type NotedRow = Pick<
  Selectable<Schema['monitor']>,
  'host' | 'session' | 'state' | 'cause' | 'last_seen_at' | 'noted_silent'
>;

const toNoted = (row: NotedRow): NotedSilence => ({
  host: row.host,
  session: row.session,
  state: row.state,
  cause: row.cause,
  lastSeenAt: row.last_seen_at,
  silent: row.noted_silent,
});

const toRecord = (row: MonitorRow): MonitorRecord => ({
  host: row.host,
  session: row.session,
  version: row.version,
  startedAt: row.started_at,
  state: row.state,
  cause: row.cause,
  mode: row.mode,
  checkIntervalMs: row.check_interval_ms,
  gate: { suspect: row.gate_suspect, silent: row.gate_silent, heard: row.gate_heard },
  spoolDepth: row.spool_depth,
  lastSeenAt: row.last_seen_at,
  clockAheadMs: row.clock_ahead_ms,
  guestsByPhase: row.guests_by_phase,
});
