import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import type { ApiContext } from '../context.ts';
import { cutPage, pageById } from './page-links.ts';

export const auditHandlers = ({
  stores,
  maxPage,
}: ApiContext): RouterHandlers<typeof nativeContract>['audit'] => ({
  list: async ({ query }) => {
    const { filter, limit, after } = pageById(query, maxPage);
    const found = await stores.audit.list(filter, { limit: limit + 1, after });
    const { rows, ...end } = cutPage(found, {
      limit,
      path: '/v2/audit',
      query,
      cursorOf: row => String(row.id),
    });
    return { status: 200, body: { events: rows, ...end } };
  },
});
