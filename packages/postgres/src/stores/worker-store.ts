import { type WorkerRecord, type WorkerStore, workerForgottenAfterMs } from '@instance-ha/ports';
import { type Selectable, sql } from 'kysely';
import type { Database } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { storableText } from './text.ts';

type NotedRow = Pick<Selectable<Schema['worker']>, 'name' | 'host' | 'last_seen_at' | 'noted_silent'>;

/** More workers than one installation has. */
const listMax = 1_000;

export function workerStore(database: Database): WorkerStore {
  return {
    async seen({ name, host, version, driver, mode, startedAt, held }) {
      await sql`
        with forgotten as (
          delete from worker
          where last_seen_at < statement_timestamp() - ${workerForgottenAfterMs} * interval '1 millisecond'
            and name <> ${storableText(name)}
        )
        insert into worker (name, host, version, driver, mode, started_at, held, last_seen_at)
        values (
          ${storableText(name)}, ${storableText(host)}, ${storableText(version)}, ${driver}, ${mode},
          ${startedAt}, ${held}, clock_timestamp()
        )
        on conflict (name) do update set
          mode = excluded.mode, held = excluded.held, last_seen_at = excluded.last_seen_at
      `.execute(database);
    },
    async left(name) {
      await sql`delete from worker where name = ${storableText(name)}`.execute(database);
    },
    noteSilence: ({ silentAfterMs }) =>
      database.transaction().execute(async transaction => {
        // A row that is locked is being noted by somebody else, or heard at this moment: the next call will see.
        const { rows } = await sql<NotedRow>`
          update worker set noted_silent = not noted_silent
          where name in (
            select name from worker
            where noted_silent <> (last_seen_at < statement_timestamp() - ${silentAfterMs} * interval '1 millisecond')
            limit ${listMax}
            for update skip locked
          )
          returning name, host, last_seen_at, noted_silent
        `.execute(transaction);
        const noted = rows
          .map(({ name, host, last_seen_at: lastSeenAt, noted_silent: silent }) => ({
            name,
            host,
            lastSeenAt,
            silent,
          }))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        if (noted.length === 0) return noted;
        const names = noted.map(({ name }) => name);
        const data = noted.map(({ name: _name, ...told }) => JSON.stringify(told));
        await sql`select emit_changes('worker', ${names}::text[], ${data}::json[])`.execute(transaction);
        return noted;
      }),
    async list() {
      const { rows } = await sql<Selectable<Schema['worker']>>`
        select * from worker order by name limit ${listMax}
      `.execute(database);
      return rows.map(toRecord);
    },
  };
}

const toRecord = (row: Selectable<Schema['worker']>): WorkerRecord => ({
  name: row.name,
  host: row.host,
  version: row.version,
  driver: row.driver,
  mode: row.mode,
  startedAt: row.started_at,
  held: row.held,
  lastSeenAt: row.last_seen_at,
});
