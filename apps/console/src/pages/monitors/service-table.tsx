import type { ServiceRecord } from '@instance-ha/contracts';
import { Text } from '@mantine/core';
import {
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconPlugConnectedX,
  IconQuestionMark,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { HostName } from '../../ui/host-name.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Tag, type TagLook } from '../../ui/tag.tsx';
import { When } from '../../ui/when.tsx';
import { serviceList } from './queries.ts';

const looks: Readonly<Record<ServiceRecord['state'], TagLook>> = {
  current: { color: 'teal', icon: IconCircleCheck, word: 'current' },
  behind: { color: 'yellow', icon: IconClock, word: 'behind' },
  failed: { color: 'red', icon: IconCircleX, word: 'failed' },
  unknown: { color: 'gray', icon: IconQuestionMark, word: 'has not asked' },
};
const silentLook: TagLook = { color: 'red', icon: IconPlugConnectedX, word: 'not heard' };

const columns: readonly Column<ServiceRecord>[] = [
  { head: 'State', cell: ({ silent, state }) => <Tag look={silent ? silentLook : looks[state]} /> },
  { head: 'Service', cell: ({ service }) => <b>{service}</b> },
  { head: 'Name', maxWidth: 220, cell: ({ name }) => <HostName>{name}</HostName> },
  { head: 'Host', maxWidth: 220, cell: ({ host }) => <HostName>{host}</HostName> },
  { head: 'Runs', align: 'right', cell: ({ revision }) => revision ?? '–' },
  { head: 'Is to run', align: 'right', cell: ({ wanted }) => wanted ?? '–' },
  { head: 'Version', cell: ({ version }) => <Foreign>{version}</Foreign> },
  { head: 'Last heard', cell: ({ lastSeenAt }) => <When at={lastSeenAt} /> },
  { head: 'Error', maxWidth: 320, cell: ({ error }) => <Foreign>{error}</Foreign> },
];

/** Monitors and workers, and which revision of the pushed configuration each of them runs. */
export function ServiceTable() {
  const { data, error, refetch } = useQuery(serviceList);
  if (error) return <Problem error={error} doing="Listing the services" retry={() => void refetch()} />;
  if (!data) return null;
  if (data.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Neither a monitor nor a worker has told of itself. Start <code>instance-ha-worker</code> beside the
        API.
      </Text>
    );
  return (
    <DataTable
      label="Services"
      rows={data}
      keyOf={({ service, name }) => `${service} ${name}`}
      columns={columns}
      minWidth={940}
    />
  );
}
