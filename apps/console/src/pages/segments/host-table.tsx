import type { Host } from '@instance-ha/contracts';
import { ActionIcon, Group } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { Tag } from '../../ui/tag.tsx';
import { When } from '../../ui/when.tsx';
import type { SegmentTask } from './segment-dialogs.tsx';
import { maintenanceLook, reservedLook } from './segment-look.ts';

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

export const HostTable = ({ hosts, onTask }: { hosts: Host[]; onTask: OnTask | undefined }) => (
  <DataTable
    label="Hosts"
    rows={hosts}
    keyOf={({ uuid }) => uuid}
    columns={onTask ? [...looking, steering(onTask)] : looking}
    minWidth={760}
  />
);

const State = ({ host: { reserved, onMaintenance } }: { host: Host }) => (
  <Group gap={6}>
    {reserved && <Tag look={reservedLook} />}
    {onMaintenance && <Tag look={maintenanceLook} />}
    {!reserved && !onMaintenance && 'in service'}
  </Group>
);
