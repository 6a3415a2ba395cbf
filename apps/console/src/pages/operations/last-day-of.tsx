import type { LastDay } from '@instance-ha/contracts';
import { Stack, Text } from '@mantine/core';
import { IconCircleMinus, IconCirclePlus } from '@tabler/icons-react';
import { lastDayInWords } from '../../model/last-day.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { HostName } from '../../ui/host-name.tsx';
import { Tag, type TagLook } from '../../ui/tag.tsx';
import { When } from '../../ui/when.tsx';

type Told = LastDay['guests'][number];

const looks: Readonly<Record<'before' | 'after', TagLook>> = {
  before: { color: 'orange', icon: IconCircleMinus, word: 'no more' },
  after: { color: 'indigo', icon: IconCirclePlus, word: 'now too' },
};

const columns: readonly Column<Told>[] = [
  { head: 'Reported', cell: one => one.in !== 'both' && <Tag look={looks[one.in]} /> },
  {
    head: 'Instance',
    maxWidth: 280,
    cell: ({ instanceName, instanceUuid }) => <Foreign>{instanceName || instanceUuid}</Foreign>,
  },
  { head: 'Host', cell: ({ host }) => <HostName>{host}</HostName> },
  { head: 'Fault', cell: ({ fault }) => fault },
  { head: 'When', cell: ({ at }) => <When at={at} /> },
];

/** What the change would have done to the signals of the last day. */
export function LastDayOf({ lastDay }: { lastDay: LastDay }) {
  const differing = lastDay.guests.filter(one => one.in !== 'both');
  return (
    <Stack gap="xs" role="region" aria-label="The last day by this configuration">
      <Text size="sm" fw={600}>
        {lastDayInWords(lastDay)}
      </Text>
      {differing.length > 0 && (
        <DataTable
          label="The last day"
          rows={differing}
          keyOf={one => `${one.host} ${one.instanceUuid}`}
          columns={columns}
          minWidth={620}
        />
      )}
      {lastDay.remarks.map(remark => (
        <Text key={remark} size="xs" c="dimmed">
          {remark}
        </Text>
      ))}
      {lastDay.recordedSince && (
        <Text size="xs" c="dimmed">
          Recorded since <When at={lastDay.recordedSince} />. The newest minutes are still on their way.
        </Text>
      )}
    </Stack>
  );
}
