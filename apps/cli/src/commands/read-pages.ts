import { ApiError } from '@instance-ha/contracts/client';
import { Option } from 'commander';
import { CliError, exitCode } from '../exit-code.ts';

/** What every list takes. */
export type PageOptions = { limit: string; all?: boolean };
export const limitOption = (): Option => new Option('--limit <n>', 'so many at the most').default('50');
export const allOption = (): Option => new Option('--all', 'all of them, page by page');

/** More rows than this the API never sends at once. */
const pageMax = 1000;

type Page = { limit?: number; cursor?: string };
type Answer<Row> = { rows: readonly Row[]; nextCursor: string | null };

/** Turns pages until there are as many rows as were asked for, or no more. Throws with exit code 64 when `limit` is no number. */
export async function readPages<Row>(
  { limit, all = false }: PageOptions,
  ask: (page: Page) => Promise<Answer<Row>>,
): Promise<Row[]> {
  const most = Number(limit);
  if (!Number.isInteger(most) || most < 1)
    throw new CliError(`--limit: expected a number from 1, found "${limit}"`, exitCode.usage);
  const askWithin = patient(ask);
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const wanted = all ? pageMax : most - rows.length;
    const answer: Answer<Row> = await askWithin({
      limit: Math.min(pageMax, wanted),
      ...(cursor === null ? {} : { cursor }),
    });
    rows.push(...answer.rows);
    cursor = answer.nextCursor;
  } while (cursor !== null && (all || rows.length < most));
  return all ? rows : rows.slice(0, most);
}

/** Where `[api] max_page` is smaller than the page asked for, pages are as large as the API makes them by itself. */
function patient<Row>(ask: (page: Page) => Promise<Answer<Row>>): (page: Page) => Promise<Answer<Row>> {
  let small = false;
  return async ({ limit, ...page }) => {
    if (small) return ask(page);
    try {
      return await ask({ ...page, ...(limit === undefined ? {} : { limit }) });
    } catch (error) {
      if (!ApiError.isInstance(error) || !refusesLimit(error)) throw error;
      small = true;
      return ask(page);
    }
  };
}

const refusesLimit = (error: ApiError): boolean =>
  (error.answer?.details ?? []).some(({ path }) => path === 'query.limit');
