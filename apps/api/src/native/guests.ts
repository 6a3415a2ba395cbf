import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { cutPage, pageLimit } from './page-links.ts';

export function guestHandlers({
  stores,
  maxPage,
}: ApiContext): RouterHandlers<typeof nativeContract>['guests'] {
  return {
    list: async ({ query }) => {
      const { limit: asked, cursor, ...filter } = query;
      const limit = pageLimit(asked, maxPage);
      const found = await stores.guests.list(filter, { limit: limit + 1, after: cursor });
      const { rows, nextCursor, next } = cutPage(found, {
        limit,
        path: '/v2/guests',
        query,
        cursorOf: row => row.instanceUuid,
      });
      return { status: 200, body: { guests: [...rows], nextCursor, next } };
    },

    get: async ({ params }) => {
      const guest = await stores.guests.get(params.uuid);
      if (!guest)
        throw new RefusalError({ code: 'not-found', message: `no monitor knows the guest ${params.uuid}` });
      return { status: 200, body: { guest } };
    },
  };
}
