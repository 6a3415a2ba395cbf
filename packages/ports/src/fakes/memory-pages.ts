import type { SortBy, SortedPage } from '../stores.ts';
import { copy, storableRow } from './memory-database.ts';

type Row = { id: number };

/** The rows that match, in order, after the one named, at most so many; copies. */
export function pageOf<R extends Row, K extends string & keyof R>(
  rows: readonly R[],
  matches: (row: R) => boolean,
  page: SortedPage<K>,
): R[] {
  const inOrder = orderOf<R, K>(page.sort ?? []);
  const last = page.after === undefined ? undefined : rows.find(row => row.id === page.after);
  const after = (row: R): boolean => {
    if (page.after === undefined) return true;
    if (page.sort === undefined) return row.id < page.after;
    return last !== undefined && inOrder(row, last) > 0;
  };
  return rows
    .filter(row => matches(row) && after(row))
    .sort(inOrder)
    .slice(0, page.limit)
    .map(copy);
}

function orderOf<R extends Row, K extends string & keyof R>(sort: readonly SortBy<K>[]) {
  return (a: R, b: R): number => {
    for (const { key, direction } of sort) {
      const compared = compare(a[key], b[key]);
      if (compared !== 0) return direction === 'asc' ? compared : -compared;
    }
    return b.id - a.id;
  };
}

/** Null before every value; false before true; text by its characters. */
function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  return (a as string) < (b as string) ? -1 : 1;
}

export const idOf = (rows: readonly (Row & { uuid: string })[], reference: string): number | undefined =>
  rows.find(({ id, uuid }) => String(id) === reference || uuid === reference)?.id;

/** True when every field that the filter names has the value it names. */
export const fits = (row: object, filter: object): boolean =>
  Object.entries(filter).every(
    ([field, value]) => value === undefined || (row as Record<string, unknown>)[field] === value,
  );

/** The same row with the fields that a change gives; those it leaves out stay. */
export const changed = <R extends object>(row: R, change: { [K in keyof R]?: R[K] | undefined }): R => ({
  ...row,
  ...Object.fromEntries(Object.entries(storableRow(change)).filter(([, value]) => value !== undefined)),
});
