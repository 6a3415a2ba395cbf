import type { OperationSummary } from '@instance-ha/contracts';
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { PageLink } from '../../ui/page-link.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Section } from '../../ui/section.tsx';
import { Tag } from '../../ui/tag.tsx';
import { When } from '../../ui/when.tsx';
import { operationLook } from './operation-look.ts';
import { operationList } from './queries.ts';

const columns: readonly Column<OperationSummary>[] = [
  { head: 'State', cell: ({ state }) => <Tag look={operationLook[state]} /> },
  {
    head: 'Operation',
    cell: ({ id, revision }) => (
      <PageLink to="/operations/$id" params={{ id: String(id) }} size="sm" fw={600}>
        Reconfigure with revision {revision}
      </PageLink>
    ),
  },
  { head: 'Hosts', align: 'right', cell: ({ progress }) => `${progress.applied} of ${progress.total}` },
  { head: 'Started', cell: ({ startedAt }) => <When at={startedAt} /> },
  { head: 'By', cell: ({ startedBy }) => <Foreign>{startedBy}</Foreign> },
  { head: 'Ended', cell: ({ endedAt }) => <When at={endedAt} /> },
  { head: 'Message', maxWidth: 340, cell: ({ message }) => <Foreign>{message}</Foreign> },
];

export function OperationHistory() {
  const { data, error, refetch } = useQuery(operationList);
  return (
    <Section title="History">
      {error && <Problem error={error} doing="Listing the operations" retry={() => void refetch()} />}
      {data && data.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing was brought to the hosts yet.
        </Text>
      )}
      {data && data.length > 0 && (
        <DataTable label="Operations" rows={data} keyOf={({ id }) => id} columns={columns} minWidth={860} />
      )}
    </Section>
  );
}
