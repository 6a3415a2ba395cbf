import { queryOptions } from '@tanstack/react-query';
import { api } from './client.ts';

/** A pause that runs out is told by no live event. */
const lookAgainMs = 15_000;

export const pauseQuery = queryOptions({
  queryKey: ['pause'],
  queryFn: async ({ signal }) => (await api.v2.pause.get({ signal })).body.pause,
  refetchInterval: lookAgainMs,
});
