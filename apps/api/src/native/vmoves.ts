import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { cutPage, pageById } from './page-links.ts';

export function vmoveHandlers({
  stores,
  maxPage,
}: ApiContext): RouterHandlers<typeof nativeContract>['vmoves'] {
  return {
    list: async ({ query }) => {
      const { filter, limit, after } = pageById(query, maxPage);
      const found = await stores.vmoves.list(filter, { limit: limit + 1, after });
      const { rows, ...end } = cutPage(found, {
        limit,
        path: '/v2/vmoves',
        query,
        cursorOf: row => String(row.id),
      });
      return { status: 200, body: { vmoves: rows, ...end } };
    },

    get: async ({ params }) => {
      const vmove = await stores.vmoves.get(params.uuid);
      if (!vmove) throw new RefusalError({ code: 'not-found', message: `there is no move ${params.uuid}` });
      return { status: 200, body: { vmove } };
    },
  };
}
