import { ApiError } from '@instance-ha/contracts/client';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { sessionKey } from '../api/session.ts';

const retries = 2;
const staleAfterMs = 10_000;

/** What lists hold. A 401 from anywhere means that the session is over: who we are is then asked again. */
export function createQueryClient(): QueryClient {
  const onError = (error: unknown): void => {
    if (ApiError.isInstance(error) && error.code === 'unauthenticated')
      void client.invalidateQueries({ queryKey: sessionKey });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: staleAfterMs,
        retry: (count, error) => count < retries && ApiError.isInstance(error) && error.retryable,
      },
      mutations: { retry: false },
    },
  });
  return client;
}
