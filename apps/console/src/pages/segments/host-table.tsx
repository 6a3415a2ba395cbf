import type { Host, HostReadiness } from '@instance-ha/contracts';
import { ActionIcon, Group, Stack, Text } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { Tag } from '../../ui/tag.tsx';
import { When } from '../../ui/when.tsx';
import type { SegmentTask } from './segment-dialogs.tsx';
import { maintenanceLook, readinessLook, reservedLook } from './segment-look.ts';

type OnTask = (task: SegmentTask) => void;

const looking: readonly Column<Host>[] = [
  {
    head: 'Host',
    maxWidth: 280,
    cell: ({ name }) => (
      <b>
        <Foreign>{name}</Foreign>
      </b>
    ),
  },
  { head: 'State', cell: host => <State host={host} /> },
  { head: 'Type', cell: ({ type }) => type },
  {
    head: 'Control attributes',
    cell: ({ controlAttributes }) => (controlAttributes === '' ? 'none' : 'set'),
  },
  { head: 'Changed', cell: ({ createdAt, updatedAt }) => <When at={updatedAt ?? createdAt} /> },
];

type Readiness = ReadonlyMap<string, HostReadiness>;

const readying = (readiness: Readiness | undefined): Column<Host> => ({
  head: 'If it fails',
  maxWidth: 420,
  cell: ({ uuid }) => {
    const found = readiness?.get(uuid);
    if (!found) return readiness ? 'not checked' : '…';
    return (
      <Stack gap={2} align="flex-start">
        <Tag look={readinessLook(found.recovered)} />
        {[found.because, ...found.notes].map(line => (
          <Text key={line} size="xs" c="dimmed" style={{ whiteSpace: 'normal' }}>
            <Foreign>{line}</Foreign>
          </Text>
        ))}
      </Stack>
    );
  },
});

const steering = (onTask: OnTask): Column<Host> => ({
  head: 'Actions',
  align: 'right',
  cell: host => (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Edit ${host.name}`}
        onClick={() => onTask({ task: 'edit-host', host })}
      >
        <IconPencil size={18} aria-hidden />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Take ${host.name} out`}
        onClick={() => onTask({ task: 'remove-host', host })}
      >
        <IconTrash size={18} aria-hidden />
      </ActionIcon>
    </Group>
  ),
});

export const HostTable = ({
  hosts,
  readiness,
  onTask,
}: {
  hosts: Host[];
  readiness: Readiness | undefined;
  onTask: OnTask | undefined;
}) => (
  <DataTable
    label="Hosts"
    rows={hosts}
    keyOf={({ uuid }) => uuid}
    columns={[
      ...looking.slice(0, 2),
      readying(readiness),
      ...looking.slice(2),
      ...(onTask ? [steering(onTask)] : []),
    ]}
    minWidth={980}
  />
);

const State = ({ host: { reserved, onMaintenance } }: { host: Host }) => (
  <Group gap={6}>
    {reserved && <Tag look={reservedLook} />}
    {onMaintenance && <Tag look={maintenanceLook} />}
    {!reserved && !onMaintenance && 'in service'}
  </Group>
);
