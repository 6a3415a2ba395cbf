import { type MonitorActionRecord, type MonitorActionStore, openActionsMax } from '@instance-ha/ports';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Database } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { isStorable, isUuid, pageLimit, storableOrNull, storableText, toJson } from './text.ts';

type Row = Selectable<Schema['monitor_action']>;

/** Deadlines are the database's alone. What has ended by time is written down by the next call that changes anything. */
export function actionStore(database: Database): MonitorActionStore {
  const select = async (where: RawBuilder<unknown>): Promise<MonitorActionRecord[]> => {
    const { rows } = await sql<Row>`
      select id, uuid, host, kind, process_name, life, asked_at, taken_at, done_within_ms, sighting,
        case when ${overdue} then ${statusByTime} else status end as status,
        case when ${overdue} then ${detailByTime} else detail end as detail,
        case when ${overdue} then due_at else ended_at end as ended_at
      from monitor_action where ${where}
    `.execute(database);
    return rows.map(toRecord);
  };
  return {
    ask: ({ key, host, kind, processName, life, takeWithinMs, doneWithinMs }) =>
      database.transaction().execute(async transaction => {
        await endByTime(transaction, host);
        const { rows } = await sql<Row>`
          insert into monitor_action (key, host, kind, process_name, life, due_at, done_within_ms)
          select ${key}, ${storableText(host)}, ${kind}, ${storableText(processName)},
            ${storableOrNull(life)}::text,
            clock_timestamp() + ${takeWithinMs}::float8 * interval '1 millisecond', ${Math.round(doneWithinMs)}
          where ${openActionsMax} > (
            select count(*) from monitor_action where host = ${storableText(host)} and ended_at is null
          )
          on conflict (key) do nothing
          returning *
        `.execute(transaction);
        if (rows[0]) {
          await emit(transaction, rows);
          return toRecord(rows[0]);
        }
        const { rows: known } = await sql<Row>`
          select * from monitor_action where key = ${key}
        `.execute(transaction);
        if (!known[0]) throw new RangeError(`${openActionsMax} actions of ${host} are open already`);
        return toRecord(known[0]);
      }),
    async get(uuid) {
      return isUuid(uuid) ? (await select(sql`uuid = ${uuid}`))[0] : undefined;
    },
    async list({ host }, { limit, after }) {
      if (!isStorable(host)) return [];
      const older = after === undefined ? sql`true` : sql`id < ${after}`;
      return select(sql`host = ${host} and ${older} order by id desc limit ${pageLimit(limit)}`);
    },
    async take(host) {
      if (!isStorable(host)) return [];
      // Most of the time there is nothing: no lock is taken to find that out.
      const { rows: some } = await sql`
        select from monitor_action where host = ${host} and ended_at is null limit 1
      `.execute(database);
      if (some.length === 0) return [];
      return database.transaction().execute(async transaction => {
        await endByTime(transaction, host);
        const { rows: open } = await sql<Row & Left>`
          select *, ${left} from monitor_action where host = ${host} and ended_at is null order by id for update
        `.execute(transaction);
        const first = new Map<string, Row>();
        for (const row of open) if (!first.has(row.process_name)) first.set(row.process_name, row);
        const asked = [...first.values()].filter(({ status }) => status === 'asked').map(({ id }) => id);
        const { rows: taken } = await sql<Row & Left>`
          update monitor_action set status = 'taken', taken_at = clock_timestamp(),
            due_at = clock_timestamp() + done_within_ms * interval '1 millisecond'
          where id = any(${asked}::bigint[]) and status = 'asked'
          returning *, ${left}
        `.execute(transaction);
        await emit(transaction, taken);
        return [...open.filter(({ status }) => status === 'taken'), ...taken]
          .sort((a, b) => a.id - b.id)
          .map(row => ({ ...toRecord(row), leftMs: Math.floor(row.left_ms) }));
      });
    },
    async report(uuid, host, { outcome, detail, sighting }) {
      if (!isUuid(uuid)) return false;
      return database.transaction().execute(async transaction => {
        const { rows } = await sql<Row>`
          update monitor_action set status = ${outcome}, ended_at = clock_timestamp(),
            detail = ${storableText(detail)}, sighting = ${sighting === null ? null : toJson(sighting)}::json
          where uuid = ${uuid} and host = ${storableText(host)} and status = 'taken' and due_at > clock_timestamp()
          returning *
        `.execute(transaction);
        await emit(transaction, rows);
        return rows.length > 0;
      });
    },
  };
}

type Left = { left_ms: number };
const left = sql`extract(epoch from due_at - clock_timestamp())::float8 * 1000 as left_ms`;

const overdue = sql`(ended_at is null and due_at <= statement_timestamp())`;
const statusByTime = sql`(case status when 'asked' then 'expired' else 'in-doubt' end)`;
const detailByTime = sql`(case status
  when 'asked' then 'the monitor did not take it in time'
  else 'the monitor took it and did not report in time' end)`;

const endByTime = (transaction: Database, host: string): Promise<unknown> =>
  sql`
    update monitor_action set status = ${statusByTime}, detail = ${detailByTime}, ended_at = due_at
    where host = ${storableText(host)} and ${overdue}
  `.execute(transaction);

/** Must be the last thing its transaction does. */
async function emit(transaction: Database, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const news = rows.map(({ uuid, kind, process_name: processName, status, detail }) =>
    JSON.stringify({ uuid, kind, processName, status, detail }),
  );
  const hosts = rows.map(({ host }) => host);
  await sql`select emit_changes('action', ${hosts}::text[], ${news}::json[])`.execute(transaction);
}

const toRecord = (row: Row): MonitorActionRecord => ({
  id: row.id,
  uuid: row.uuid,
  host: row.host,
  kind: row.kind,
  processName: row.process_name,
  life: row.life,
  status: row.status,
  askedAt: row.asked_at,
  takenAt: row.taken_at,
  endedAt: row.ended_at,
  doneWithinMs: row.done_within_ms,
  detail: row.detail,
  sighting: row.sighting,
});
