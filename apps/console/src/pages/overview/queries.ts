import type { HeldNotification, Trends } from '@instance-ha/contracts';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { heldKey, listKey } from '../notifications/queries.ts';

const dayMs = 86_400_000;
/** What one page of the API holds. */
export const mostOfADay = 1000;

/** Under the key of the lists, so that the live stream keeps it fresh like them. */
export const lastDayList = queryOptions({
  queryKey: [...listKey, { since: 'a day ago' }],
  queryFn: async ({ signal }) => {
    const since = new Date(Date.now() - dayMs).toISOString();
    return (await api.v2.notifications.list({ query: { since, limit: mostOfADay }, signal })).body;
  },
  select: ({ notifications }) => notifications,
});

/** Not under the key of the lists, whose pages are changed in place: this is no page. */
export const heldList = queryOptions({
  queryKey: heldKey,
  queryFn: async ({ signal }): Promise<HeldNotification[]> =>
    (await api.v2.overview.held({ signal })).body.held,
});

export const trends = queryOptions({
  queryKey: ['trends'],
  refetchInterval: 60_000,
  queryFn: async ({ signal }): Promise<Trends> => (await api.v2.overview.trends({ signal })).body,
});
