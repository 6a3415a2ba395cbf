import { defaultPageSize } from '@instance-ha/contracts';
import { RefusalError } from '../http/error-answer.ts';

/** How many rows to send; a page larger than the service allows is refused and not cut in silence. */
export function pageLimit(limit: number | undefined, maxPage: number): number {
  if (limit === undefined) return Math.min(defaultPageSize, maxPage);
  if (limit <= maxPage) return limit;
  throw new RefusalError({
    code: 'invalid-request',
    message: 'the query breaks the contract',
    details: [{ path: 'query.limit', expected: `at most ${maxPage} ([api] max_page)`, found: String(limit) }],
  });
}

/**
 * Cuts the row that was asked for beyond the page: where there is one, there is a next page, which begins after the last
 * row of this one.
 */
export function cutPage<Row>(
  rows: readonly Row[],
  options: { limit: number; path: string; query: object; cursorOf: (row: Row) => string },
): { rows: Row[]; nextCursor: string | null; next: string | null } {
  const { limit, path, query, cursorOf } = options;
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { rows: page, nextCursor: null, next: null };
  const nextCursor = cursorOf(last);
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...query, cursor: nextCursor })) {
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) search.append(key, String(one));
  }
  return { rows: page, nextCursor, next: `${path}?${search.toString()}` };
}

/** A list by `id`: what to look for, and where in it. */
export function pageById<Query extends { limit?: number | undefined; cursor?: string | undefined }>(
  { limit, cursor, ...filter }: Query,
  maxPage: number,
): { filter: Omit<Query, 'limit' | 'cursor'>; limit: number; after: number | undefined } {
  const after = cursor === undefined ? undefined : Number(cursor);
  return { filter, limit: pageLimit(limit, maxPage), after };
}
