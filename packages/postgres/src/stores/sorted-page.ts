import type { SortBy } from '@instance-ha/ports';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../pool.ts';
import { isUuid } from './text.ts';

type Kind = 'number' | 'boolean' | 'text' | 'uuid' | 'time';

/** How each key is ordered: its kind, and its column where that is not spelt as the key. */
export type SortColumns<Key extends string> = Readonly<
  Record<Key, Kind | readonly [column: string, kind: Kind]>
>;

/** What stands before every value, for rows without one. */
const least: Readonly<Record<Kind, string>> = {
  number: '0',
  boolean: 'false',
  text: "''",
  uuid: "'00000000-0000-0000-0000-000000000000'",
  time: "'-infinity'",
};

/**
 * The order of a page, and the condition for the rows that come after the one of this id in it: the columns of both are
 * compared one after the other. Equal rows are told apart by `id`, downwards.
 */
export function sortedPage<Key extends string>(
  table: string,
  columns: SortColumns<Key>,
  page: { sort: readonly SortBy<Key>[]; after?: number | undefined },
): { order: RawBuilder<unknown>; after: RawBuilder<boolean> } {
  const keys = page.sort.map(({ key, direction }) => {
    const column = columns[key];
    const [name, kind] = typeof column === 'string' ? [key, column] : column;
    const collation = kind === 'text' ? ' collate "C"' : '';
    const of = (alias: string): string => `coalesce(${alias}."${name}", ${least[kind]})${collation}`;
    return { of, direction };
  });
  keys.push({ of: alias => `${alias}.id`, direction: 'desc' });
  const order = sql.raw(keys.map(({ of, direction }) => `${of(table)} ${direction}`).join(', '));
  const { after } = page;
  if (after === undefined) return { order, after: sql<boolean>`true` };

  const behind = keys.map(({ of, direction }, index) => {
    const equal = keys.slice(0, index).map(({ of: before }) => `${before(table)} = ${before('last')}`);
    const beyond = `${of(table)} ${direction === 'asc' ? '>' : '<'} ${of('last')}`;
    return `(${[...equal, beyond].join(' and ')})`;
  });
  return {
    order,
    after: sql<boolean>`exists (
      select from ${sql.table(table)} last where last.id = ${after} and (${sql.raw(behind.join(' or '))})
    )`,
  };
}

/** The id of the row that this id or UUID names. */
export async function idOf(
  database: Database,
  table: 'notification' | 'failover_segment' | 'host' | 'vmove',
  reference: string,
): Promise<number | undefined> {
  const column = /^\d{1,15}$/.test(reference) ? 'id' : isUuid(reference) ? 'uuid' : undefined;
  if (column === undefined) return undefined;
  const { rows } = await sql<{ id: number }>`
    select id from ${sql.table(table)} where ${sql.ref(column)} = ${reference}
  `.execute(database);
  return rows[0]?.id;
}
