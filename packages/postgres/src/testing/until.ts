import pg from 'pg';
import { realClock } from './surroundings.ts';

/** Waits for what another process does; gives up after a minute. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let left = 1_200; !(await condition()); left -= 1) {
    if (left === 0) throw new Error('it did not come to pass within a minute');
    await realClock.sleep(50);
  }
}

/** Until a session of this database waits for a lock that another one holds. */
export async function untilSomebodyWaits(url: string): Promise<void> {
  const observer = new pg.Client(url);
  await observer.connect();
  try {
    await until(async () => {
      const { rows } = await observer.query(`select from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database()`);
      return rows.length > 0;
    });
  } finally {
    await observer.end();
  }
}
