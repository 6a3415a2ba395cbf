import type { Session, SignIn } from '@instance-ha/contracts';
import {
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
  useSuspenseQuery,
} from '@tanstack/react-query';
import { api } from './client.ts';

export const sessionKey = ['session'] as const;

/** Who is signed in, and how one signs in here. */
export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: async ({ signal }) => (await api.v2.session.show({ signal })).body,
  staleTime: Number.POSITIVE_INFINITY,
});

export function useSession(): Session {
  const { session } = useSuspenseQuery(sessionQuery).data;
  if (!session) throw new Error('shown to somebody who is not signed in');
  return session;
}

/** Whether who is signed in may do this, by the route's name in the contract. The service decides in any case. */
export function useMay(route: string): boolean {
  return useSession().may.includes(route);
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: SignIn) => (await api.v2.session.signIn({ body })).body,
    onSuccess: answer => client.setQueryData(sessionKey, answer),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.v2.session.signOut(),
    onSuccess: () => forget(client),
  });
}

/** What somebody saw is gone with the session. */
function forget(client: QueryClient): void {
  client.setQueryData(sessionQuery.queryKey, before => ({ ways: before?.ways ?? [], session: null }));
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
}
