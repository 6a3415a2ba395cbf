import { Center, Container, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { sessionQuery } from '../api/session.ts';
import { Problem } from '../ui/problem.tsx';
import { Shell } from './shell.tsx';

const SignInPage = lazy(() => import('../sign-in/sign-in-page.tsx'));

const Waiting = () => (
  <Center h="100vh">
    <Loader aria-label="Loading" />
  </Center>
);

/** The sign-in for who is not signed in, at whatever address they came to; the page of that address for all others. */
export function AppRoot() {
  const { data, error, refetch } = useQuery(sessionQuery);
  if (data?.session) return <Shell />;
  if (data)
    return (
      <Suspense fallback={<Waiting />}>
        <SignInPage ways={data.ways} />
      </Suspense>
    );
  if (error)
    return (
      <Container size="xs" py="xl">
        <Problem error={error} doing="Asking the API who is signed in" retry={() => void refetch()} />
      </Container>
    );
  return <Waiting />;
}
