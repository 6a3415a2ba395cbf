import type { Host, HostReadiness, Segment } from '@instance-ha/contracts';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';

/** More segments, or hosts of one, than a page of the console lists. */
export const mostRows = 500;

export const segmentsKey = ['segments'] as const;

export const segmentList = queryOptions({
  queryKey: [...segmentsKey, 'list'],
  queryFn: async ({ signal }): Promise<Segment[]> =>
    (await api.v2.segments.list({ query: { limit: mostRows }, signal })).body.segments,
});

export const segmentDetail = (uuid: string) =>
  queryOptions({
    queryKey: [...segmentsKey, uuid],
    queryFn: async ({ signal }): Promise<Segment> =>
      (await api.v2.segments.get({ params: { uuid }, signal })).body.segment,
  });

/** What it depends on changes by itself too: a worker dies, a pause ends, another host fails. */
export const readinessOf = (uuid: string) =>
  queryOptions({
    queryKey: [...segmentsKey, 'readiness', uuid],
    refetchInterval: 15_000,
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, HostReadiness>> => {
      const { body } = await api.v2.segments.readiness({ params: { uuid }, signal });
      return new Map(body.hosts.map(host => [host.uuid, host]));
    },
  });

export const hostsOf = (segmentUuid: string | undefined) =>
  queryOptions({
    queryKey: [...segmentsKey, 'hosts', segmentUuid ?? 'all'],
    queryFn: async ({ signal }): Promise<Host[]> => {
      const query = { limit: mostRows, ...(segmentUuid === undefined ? {} : { segmentUuid }) };
      return (await api.v2.hosts.list({ query, signal })).body.hosts;
    },
  });
