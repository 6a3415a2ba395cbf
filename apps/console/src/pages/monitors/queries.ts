import type { MonitorRecord } from '@instance-ha/contracts';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';

/** Reports that change nothing are told by no live event; the hour of the last one grows all the same. */
const lookAgainMs = 10_000;

export const monitorList = queryOptions({
  queryKey: ['monitors'],
  queryFn: async ({ signal }): Promise<MonitorRecord[]> =>
    (await api.v2.monitors.list({ signal })).body.monitors,
  refetchInterval: lookAgainMs,
});

export const serviceList = queryOptions({
  queryKey: ['services'],
  queryFn: async ({ signal }) => (await api.v2.services.list({ signal })).body.services,
  refetchInterval: lookAgainMs,
});
