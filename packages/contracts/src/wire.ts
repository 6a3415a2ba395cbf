import { z } from 'zod';

/**
 * A moment: ISO 8601 in UTC with milliseconds and `Z`, between the years 2000 and 2199 (a clock outside them is broken,
 * and a database refuses some of them).
 */
export const IsoTime = z.iso
  .datetime({
    precision: 3,
    error: 'must be an ISO 8601 time in UTC with milliseconds, such as 2026-01-31T23:59:59.000Z',
  })
  .regex(/^2[01]/, 'must lie between the years 2000 and 2199');

/** A moment in a query: also without milliseconds, or with an offset from UTC. */
export const QueryTime = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time, such as 2026-01-31T23:59:59Z' })
  .regex(/^2[01]/, 'must lie between the years 2000 and 2199');

/** Text for people: any script, no control characters, at most `maxLength` UTF-16 units, not only blanks. */
export const text = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[^\p{Cc}]*$/u, 'must hold no control characters')
    .regex(/\S/u, 'must not be blank');

/** Any UUID as the API writes it: lower-case, dashed. */
export const Uuid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'must be a lower-case dashed UUID');

/** Rows asked for when a list is not told how many. */
export const defaultPageSize = 50;

/** More rows than this are never sent at once, whatever `[api] max_page` says. */
export const maxPageSize = 1000;

/** How many rows: at most the service's `[api] max_page`, and never above `maxPageSize`. */
export const Limit = z.int().min(1).max(maxPageSize);

/** True for text that PostgreSQL cannot keep as it is: with U+0000, or with half of a surrogate pair. */
const isUnstorable = (value: string): boolean => value.includes('\0') || !value.isWellFormed();

/**
 * Where a value holds text that PostgreSQL cannot store (U+0000, or half of a surrogate pair), as a path into it.
 * Recurses as deep as the value: give it only what a schema has bounded.
 */
export function findUnstorable(value: unknown, path: string[] = []): string[] | undefined {
  if (typeof value === 'string') return isUnstorable(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (isUnstorable(key)) return [...path, key];
    const found =
      typeof inner === 'string' && !isUnstorable(inner) ? undefined : findUnstorable(inner, [...path, key]);
    if (found) return found;
  }
  return undefined;
}

/** The same value with U+FFFD for what is no character; the very same object when there is nothing to mend. */
export function mendText<T>(value: T): T {
  return findUnstorable(value) ? (mended(value) as T) : value;
}

function mended(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\u{fffd}').toWellFormed();
  if (Array.isArray(value)) return value.map(mended);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [mended(key), mended(inner)]));
}
