import { type Kysely, sql } from 'kysely';

/** In which boot a guest was heard again, and since when a monitor watches without a break. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}

const statements = [
  'alter table heard_again add column boot text',
  'alter table guest add column heard_again_boot text',
  'alter table monitor add column watching_since timestamptz',
];
