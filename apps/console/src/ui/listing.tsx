import { Paper } from '@mantine/core';
import type { ReactNode } from 'react';
import { Problem } from './problem.tsx';

type Props = {
  query: {
    data: unknown;
    error: unknown;
    isFetching: boolean;
    isPlaceholderData: boolean;
    refetch: () => unknown;
  };
  /** As in "Listing the guests failed". */
  doing: string;
  children: ReactNode;
};

/** The frame of a list: what failed, what there is, and that another page is on its way. */
export const Listing = ({ query, doing, children }: Props) => (
  <>
    {query.error != null && <Problem error={query.error} doing={doing} retry={() => void query.refetch()} />}
    {query.data !== undefined && (
      <Paper withBorder aria-busy={query.isFetching} opacity={query.isPlaceholderData ? 0.5 : 1}>
        {children}
      </Paper>
    )}
  </>
);
