import type { HostPreview } from '@instance-ha/contracts';
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { HostName } from '../../ui/host-name.tsx';
import { Problem } from '../../ui/problem.tsx';
import { LastDayOf } from './last-day-of.tsx';
import { preview } from './queries.ts';

const columns: readonly Column<HostPreview>[] = [
  { head: 'Host', cell: ({ host }) => <HostName>{host}</HostName> },
  {
    head: 'Changes',
    maxWidth: 380,
    cell: ({ changes }) =>
      changes.length === 0
        ? 'none'
        : changes.map(({ key, before, after }) => (
            <div key={key}>
              {key}: <Foreign>{before === '' ? 'not set' : before}</Foreign> →{' '}
              <Foreign>{after === '' ? 'not set' : after}</Foreign>
            </div>
          )),
  },
  { head: 'Restarts', cell: ({ restarts }) => (restarts.length === 0 ? 'nothing' : restarts.join(', ')) },
  {
    head: 'Less protected',
    maxWidth: 340,
    cell: ({ unprotected }) => (unprotected.length === 0 ? 'nothing' : unprotected.join(' ')),
  },
];

/** What bringing a revision to the hosts would change on each of them. */
export function PreviewOf({ revision }: { revision: number }) {
  const { data, error } = useQuery(preview(revision));
  if (error) return <Problem error={error} doing="Looking ahead" />;
  if (!data) return null;
  if (data.hosts.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No monitor or worker has told of itself yet: there is no host to bring it to.
      </Text>
    );
  return (
    <>
      <DataTable
        label="Preview"
        rows={data.hosts}
        keyOf={({ host }) => host}
        columns={columns}
        minWidth={680}
      />
      {data.lastDay && <LastDayOf lastDay={data.lastDay} />}
    </>
  );
}
