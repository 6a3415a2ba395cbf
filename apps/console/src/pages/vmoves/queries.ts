import type { Vmove } from '@instance-ha/contracts';
import type { VmoveStatus } from '@instance-ha/notification';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';

export type VmovePage = { vmoves: Vmove[]; nextCursor: string | null; next: string | null };

const rowsPerPage = 50;
/** Moves are told by no live event: a page that shows open ones looks again. */
export const lookAgainMs = 3000;
/** More moves of one host than this are on the page VM moves. */
const movesOfOneHost = 1000;

export const vmoveList = (filter: { status?: VmoveStatus | undefined; cursor?: string | undefined }) =>
  queryOptions({
    queryKey: ['vmoves', 'list', filter],
    queryFn: async ({ signal }): Promise<VmovePage> =>
      (await api.v2.vmoves.list({ query: { ...filter, limit: rowsPerPage }, signal })).body,
    placeholderData: keepPreviousData,
    refetchInterval: lookAgainMs,
  });

export const vmovesOf = (notificationUuid: string) =>
  queryOptions({
    queryKey: ['vmoves', 'of', notificationUuid],
    queryFn: async ({ signal }): Promise<Vmove[]> =>
      (await api.v2.vmoves.list({ query: { notificationUuid, limit: movesOfOneHost }, signal })).body.vmoves,
  });
