import type { Pause, PauseStore } from '@instance-ha/ports';
import { sql } from 'kysely';
import type { Database } from '../pool.ts';
import { storableText } from './text.ts';

/** The pause that stands now, by the database's clock: one row or none. */
export const standingPause = sql`(select * from pause where ends_at > statement_timestamp())`;

/** Claims come one after the other, and none overlaps the setting of a pause. Held until the transaction ends. */
export const lockClaims = (transaction: Database): Promise<unknown> =>
  sql`select pg_advisory_xact_lock(4801, 2)`.execute(transaction);

type PauseRow = { reason: string; set_by: string; begins_at: string; ends_at: string };

const toPause = (row: PauseRow): Pause => ({
  reason: row.reason,
  by: row.set_by,
  from: row.begins_at,
  until: row.ends_at,
});

export function pauseStore(database: Database): PauseStore {
  return {
    async current() {
      const { rows } = await sql<PauseRow>`select * from ${standingPause} p`.execute(database);
      return rows[0] && toPause(rows[0]);
    },
    async set({ reason, by, forMs }) {
      if (!(forMs > 0 && Number.isFinite(forMs))) {
        throw new RangeError(`a pause lasts a positive number of milliseconds, not ${forMs}`);
      }
      return database.transaction().execute(async transaction => {
        await lockClaims(transaction);
        // Whole milliseconds, so that what is told is what stands.
        const { rows } = await sql<PauseRow>`
          insert into pause (reason, set_by, begins_at, ends_at)
          select ${storableText(reason)}, ${storableText(by)}, begins_at, begins_at + ${forMs}::float8 * interval '1 millisecond'
          from (select date_trunc('milliseconds', clock_timestamp()) as begins_at) now
          on conflict (only_one) do update
          set reason = excluded.reason, set_by = excluded.set_by,
            begins_at = excluded.begins_at, ends_at = excluded.ends_at
          returning *
        `.execute(transaction);
        const row = rows[0];
        if (!row) throw new Error('a pause that was set comes back');
        const pause = toPause(row);
        await emitPause(transaction, { pause });
        return pause;
      });
    },
    async clear({ by }) {
      return database.transaction().execute(async transaction => {
        await lockClaims(transaction);
        const { rows } = await sql<{ stood: boolean }>`
          delete from pause returning ends_at > clock_timestamp() as stood
        `.execute(transaction);
        const stood = rows[0]?.stood ?? false;
        if (stood) await emitPause(transaction, { pause: null, by: storableText(by) });
        return stood;
      });
    },
  };
}

const emitPause = (transaction: Database, data: { pause: Pause | null; by?: string }): Promise<unknown> =>
  sql`select emit_changes('pause', array[''], array[${JSON.stringify(data)}::json])`.execute(transaction);
