import type { Written } from '@instance-ha/ports';
import type { Database } from '../pool.ts';
import { PostgresError } from '../postgres-error.ts';

/** Changes something in one transaction; a name that somebody else has is an answer and no error. */
export async function unlessTaken<Row, Why extends string = never>(
  database: Database,
  write: (transaction: Database) => Promise<Written<Row, Why>>,
): Promise<Written<Row, Why | 'name-taken'>> {
  try {
    return await database.transaction().execute(write);
  } catch (error) {
    if (PostgresError.isInstance(error) && error.code === 'conflict') return { ok: false, why: 'name-taken' };
    throw error;
  }
}
