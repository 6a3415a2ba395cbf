import { type TrendStore, trendsKeptMs } from '@instance-ha/ports';
import { type Selectable, sql } from 'kysely';
import type { Database } from '../pool.ts';
import type { Schema } from '../schema.ts';

const kept = sql`statement_timestamp() - ${trendsKeptMs}::float8 * interval '1 millisecond'`;

export function trendStore(database: Database): TrendStore {
  return {
    async note({ guests, unheard }) {
      await sql`
        with gone as (delete from trend where at < ${kept})
        insert into trend (at, guests, unheard)
        values (date_trunc('minute', statement_timestamp()), ${JSON.stringify(guests)}::json, ${unheard})
        on conflict do nothing
      `.execute(database);
    },
    async lastDay() {
      const { rows } = await sql<Selectable<Schema['trend']>>`
        select at, guests, unheard from trend where at >= ${kept} order by at limit 2000
      `.execute(database);
      return rows;
    },
  };
}
