import type { NotificationDetail, NotificationSummary } from '@instance-ha/contracts';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { type NotificationFilter, queryOf } from './filter.ts';

export type NotificationPage = {
  notifications: NotificationSummary[];
  nextCursor: string | null;
  next: string | null;
};

export const listKey = ['notifications', 'list'] as const;
/** What waits for an operator: it changes with notifications. */
export const heldKey = ['held'] as const;
export const detailKey = (uuid: string) => ['notifications', 'detail', uuid] as const;

export const rowsPerPage = 50;

export const notificationList = (filter: NotificationFilter) =>
  queryOptions({
    queryKey: [...listKey, filter],
    queryFn: async ({ signal }): Promise<NotificationPage> =>
      (await api.v2.notifications.list({ query: { ...queryOf(filter), limit: rowsPerPage }, signal })).body,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY, // The live stream keeps it fresh.
  });

export const notificationDetail = (uuid: string) =>
  queryOptions({
    queryKey: detailKey(uuid),
    queryFn: async ({ signal }): Promise<NotificationDetail> =>
      (await api.v2.notifications.get({ params: { uuid }, signal })).body,
    staleTime: Number.POSITIVE_INFINITY,
  });
