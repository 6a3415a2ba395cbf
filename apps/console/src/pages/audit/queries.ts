import type { AuditEvent } from '@instance-ha/contracts';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import type { AuditFilter } from './filter.ts';

export type AuditPageOfEvents = { events: AuditEvent[]; nextCursor: string | null; next: string | null };

const rowsPerPage = 50;
/** Told by no live event. */
const lookAgainMs = 10_000;

export const auditList = (filter: AuditFilter) =>
  queryOptions({
    queryKey: ['audit', filter],
    queryFn: async ({ signal }): Promise<AuditPageOfEvents> =>
      (await api.v2.audit.list({ query: { ...filter, limit: rowsPerPage }, signal })).body,
    placeholderData: keepPreviousData,
    refetchInterval: lookAgainMs,
  });
