import { type WorkerRecord, type WorkerStore, workerForgottenAfterMs } from '@instance-ha/ports';
import { type Selectable, sql } from 'kysely';
import type { Database } from '../pool.ts';
import type { Schema } from '../schema.ts';
import { storableText } from './text.ts';

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
