/** What all of Masakari's lists have in common: limit, marker, order, boolean filters, and from 1.4 the link to the next page. */
import type { MasakariListQuery, Microversion } from '@instance-ha/contracts';
import type { SortBy } from '@instance-ha/ports';
import type { FastifyRequest } from 'fastify';
import { invalid, printable } from './refusals.ts';

/** Masakari's `osapi_max_limit`. */
const masakariMaxLimit = 1000;

/** The store's key for each name on the wire; null for a column that is the same in every row. */
export type SortNames<Key extends string> = Readonly<Record<string, Key | null>>;

export type Listing<Key extends string> = {
  limit: number;
  after: number | undefined;
  sort: readonly SortBy<Key>[] | undefined;
};

/** Reads limit, marker and order of a list. */
export async function readListing<Key extends string>(
  query: MasakariListQuery,
  options: {
    names: SortNames<Key>;
    maxPage: number;
    idOf: (marker: string) => Promise<number | undefined>;
  },
): Promise<Listing<Key>> {
  const limit = limitOf(query.limit, Math.min(options.maxPage, masakariMaxLimit));
  const sort = sortOf(query, options.names);
  const { marker } = query;
  if (marker === undefined) return { limit, after: undefined, sort };
  const after = await options.idOf(marker.toLowerCase());
  if (after === undefined) throw invalid(`Marker ${printable(marker)} could not be found.`);
  return { limit, after, sort };
}

/** Answers one page, and from 1.4 where the next one is. */
export async function answerPage<Row extends { id: number }, Shown, Name extends string>(
  of: { name: Name; limit: number; version: Microversion; request: FastifyRequest },
  read: (limit: number) => Promise<readonly Row[]>,
  show: (row: Row) => Shown,
): Promise<{ [K in Name]: Shown[] } & { [K in `${Name}_links`]?: { rel: 'next'; href: string }[] }> {
  const { name, limit, version, request } = of;
  const linked = version.minor >= 4;
  const found = limit === 0 ? [] : await read(linked ? limit + 1 : limit);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const next = found.length > limit && last ? { [`${name}_links`]: [nextLink(request, last.id)] } : {};
  return { [name]: rows.map(show), ...next } as Awaited<ReturnType<typeof answerPage<Row, Shown, Name>>>;
}

function nextLink(request: FastifyRequest, marker: number): { rel: 'next'; href: string } {
  const url = new URL(request.url, originOf(request));
  url.searchParams.set('marker', String(marker));
  return { rel: 'next', href: url.href };
}

/** Where the client sees us; behind a proxy, as that says. */
export const originOf = (request: FastifyRequest): string => {
  const origin = `${request.protocol}://${request.host}`;
  return URL.canParse(origin) ? origin : 'http://localhost';
};

function limitOf(text: string | undefined, max: number): number {
  if (text === undefined) return max;
  if (!/^\s*[+-]?\d{1,12}\s*$/.test(text)) throw invalid('limit must be an integer');
  const limit = Number(text);
  if (limit < 0) throw invalid('limit must be >= 0');
  return Math.min(limit, max);
}

/**
 * As `get_sort_params` and `process_sort_params` of Masakari: without a key `created_at`, without a direction `desc`; keys
 * without a direction of their own, and `created_at` and `id` behind all others, go in the first one's.
 */
function sortOf<Key extends string>(
  query: MasakariListQuery,
  names: SortNames<Key>,
): SortBy<Key>[] | undefined {
  const keys = [query.sort_key ?? []].flat().map(key => key.trim());
  const directions = [query.sort_dir ?? []].flat().map(direction => direction.trim());
  if (keys.length === 0 && directions.length === 0) return undefined;
  if (keys.length === 0) keys.push('created_at');
  const known = directions.map(direction => {
    if (direction !== 'asc' && direction !== 'desc')
      throw invalid("Unknown sort direction, must be 'asc' or 'desc'");
    return direction;
  });
  if (known.length > keys.length) throw invalid('Sort direction array size exceeds sort key array size.');
  const first = known[0] ?? 'desc';
  const all = [...keys, ...['created_at', 'id'].filter(key => !keys.includes(key))];
  return all.flatMap((name, index) => {
    const key = Object.hasOwn(names, name) ? names[name] : undefined;
    if (key === undefined) throw invalid(`Sort key supplied is invalid: ${printable(name)}`);
    return key === null ? [] : [{ key, direction: known[index] ?? first }];
  });
}

const trueWords = ['1', 't', 'true', 'on', 'y', 'yes'];
const falseWords = ['0', 'f', 'false', 'off', 'n', 'no'];

/** A boolean filter as oslo's `bool_from_string(strict=True)` reads it. */
export function boolFilter(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  const word = text.trim().toLowerCase();
  if (trueWords.includes(word)) return true;
  if (falseWords.includes(word)) return false;
  const acceptable = [...trueWords, ...falseWords]
    .sort()
    .map(one => `'${one}'`)
    .join(', ');
  throw invalid(
    `Invalid value for ${name}: Unrecognized value '${printable(text)}', acceptable values are: ${acceptable}`,
  );
}
