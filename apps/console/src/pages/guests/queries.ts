import type { GuestRecord } from '@instance-ha/contracts';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import type { GuestFilter } from './filter.ts';

export type GuestPage = { guests: GuestRecord[]; nextCursor: string | null; next: string | null };

const rowsPerPage = 50;

export const guestList = (filter: GuestFilter) =>
  queryOptions({
    queryKey: ['guests', filter],
    queryFn: async ({ signal }): Promise<GuestPage> =>
      (await api.v2.guests.list({ query: { ...filter, limit: rowsPerPage }, signal })).body,
    placeholderData: keepPreviousData,
  });
